"""Judging labels by models that learned from other images."""

from collections.abc import Iterator
from dataclasses import dataclass

from captcha_model import networks
from captcha_model.config import CaptchaConfig
from captcha_model.data.samples import LabelledImages
from captcha_model.decoding.best_path import log_softmax
from captcha_model.decoding.posterior import predictions
from captcha_model.evaluation.label_audit import Suspicion, suspect
from captcha_model.model import CaptchaModel
from captcha_model.prediction import Frame
from captcha_model.training.crossfit import cross_fit
from captcha_model.training.run_config.settings import TrainingSettings

BATCH = 256  # So many images are compared at once, or memory would grow with the data.


@dataclass(frozen=True)
class AuditedFold:
    """What the model of a fold, from 0, thinks of the fold's labels, in the order of the images."""

    number: int
    suspicions: tuple[Suspicion, ...]


def audit(
    images: LabelledImages,
    config: CaptchaConfig,
    settings: TrainingSettings,
    folds: int,
    *,
    drawn: LabelledImages | None = None,
    bar: bool = False,
) -> Iterator[AuditedFold]:
    """Decoder every label by a model that is trained without its fold.

    A wrong label misleads the models of the other folds a little, and its own not at all.

    Args:
        images: all of them.
        config: what is built.
        settings: how to train; see `cross_fit`.
        folds: how many, from 2.
        drawn: images that every model learns from too.
        bar: show a progress bar for every training.

    Raises:
        DataError: a fold is empty.
        TrainingError: see `train`.
    """

    def leave_out(line: str) -> None:
        """Say nothing of an epoch: the bar alone is wanted."""

    say = leave_out if bar else None
    for fold in cross_fit(images, config, settings, folds, drawn=drawn, say=say):
        held_out = images.select(fold.held_out)
        yield AuditedFold(fold.number, tuple(suspicions_of(fold.model, held_out)))


def suspicions_of(model: CaptchaModel, images: LabelledImages) -> list[Suspicion]:
    """Compare labels with what a model reads in images that it never saw.

    Args:
        model: knows all characters of the labels.
        images: at the network's size.
    """
    found: list[Suspicion] = []
    for start in range(0, len(images), BATCH):
        found += _compare(model, images.select(range(start, min(start + BATCH, len(images)))))
    return found


def _compare(model: CaptchaModel, images: LabelledImages) -> list[Suspicion]:
    architecture = networks.describe(model.config)
    logits = model.logits(images.pixels)
    frames = [Frame(model.config.width, model.config.height)] * len(images)
    readings = predictions(
        logits,
        model.config.characters,
        frames,
        architecture.output,
        left_to_right=architecture.left_to_right,
    )
    probabilities = architecture.output.log_probability(
        log_softmax(logits), list(map(model.vocabulary.encode, images.labels))
    )
    compared = zip(images.names, images.labels, readings, probabilities.tolist(), strict=True)
    return [suspect(*image) for image in compared]
