"""The label audit: labels compared with readings of models that were trained on other images."""

from collections.abc import Iterator

from captcha_model.config import CaptchaConfig
from captcha_model.data.samples import LabelledImages
from captcha_model.training.crossfit import cross_fit
from captcha_model.training.reporter import Reporter
from captcha_model.training.run_config.settings import TrainingSettings
from captcha_model.training.suspicions import AuditedFold, suspicions_of


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
