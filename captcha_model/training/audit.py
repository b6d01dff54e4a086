"""The label audit: labels compared with readings of models that were trained on other images."""

from collections.abc import Iterator
from dataclasses import dataclass

from captcha_model import networks
from captcha_model.config import CaptchaConfig
from captcha_model.data.samples import LabelledImages
from captcha_model.decoding.best_path import log_softmax
from captcha_model.decoding.letter_case import Case
from captcha_model.decoding.posterior import predictions
from captcha_model.evaluation.label_audit import Suspicion, suspect
from captcha_model.inference.pipeline import frames_of
from captcha_model.inference.reading_order import ordered
from captcha_model.model import CaptchaModel
from captcha_model.training.crossfit import cross_fit
from captcha_model.training.label_case import head_of, known_label
from captcha_model.training.reporter import Reporter
from captcha_model.training.run_config.settings import TrainingSettings

BATCH = 256  # Images that are compared at once, to limit the memory.


@dataclass(frozen=True)
class AuditedFold:
    """The audit of one fold.

    Attributes:
        number: of the fold, from 0.
        suspicions: one per image of the fold, in the order of the images.
    """

    number: int
    suspicions: tuple[Suspicion, ...]


def audit(
    images: LabelledImages,
    config: CaptchaConfig,
    settings: TrainingSettings,
    folds: int,
    *,
    synthetic: LabelledImages | None = None,
    reporter: Reporter = Reporter(),  # noqa: B008 - it is immutable.
) -> Iterator[AuditedFold]:
    """Compare every label with the reading of a model that was trained without its fold.

    A wrong label misleads the models of the other folds a little, and that of its own not at all.

    Args:
        images: all images.
        config: the model to build.
        settings: how to train; see `cross_fit`.
        folds: the number of folds, from 2.
        synthetic: images to add to every training.
        reporter: receives the progress of every training.

    Raises:
        DataError: a fold is empty.
        TrainingError: see `cross_fit`.
    """
    trained = cross_fit(images, config, settings, folds, synthetic=synthetic, reporter=reporter)
    for fold in trained:
        held_out = images.select(fold.held_out)
        yield AuditedFold(fold.number, tuple(suspicions_of(fold.model, held_out)))


def suspicions_of(model: CaptchaModel, images: LabelledImages) -> list[Suspicion]:
    """Compare labels with what a model reads in images that it was not trained on.

    Args:
        model: has all characters of the labels in its vocabulary.
        images: at the network's input size.
    """
    found: list[Suspicion] = []
    for start in range(0, len(images), BATCH):
        found += _compare(model, images.select(range(start, min(start + BATCH, len(images)))))
    return found


def _compare(model: CaptchaModel, images: LabelledImages) -> list[Suspicion]:
    architecture, head = networks.describe(model.config), head_of(model.config)
    logits = model.logits(images.pixels)
    visual = predictions(
        logits,
        model.config.characters,
        frames_of(images.pixels),
        head,
        left_to_right=architecture.left_to_right,
    )
    readings = ordered(visual, model.vocabulary)
    # Where case does not matter, the readings are in lower case as far as the vocabulary has it.
    case: Case = "keep" if model.config.case == "keep" else "lower"
    labels = [known_label(label, model.config.characters, case) for label in images.labels]
    probabilities = head.log_probability(
        log_softmax(logits), list(map(model.vocabulary.encode, labels))
    )
    compared = zip(images.names, labels, readings, probabilities.tolist(), strict=True)
    return [suspect(*image) for image in compared]
