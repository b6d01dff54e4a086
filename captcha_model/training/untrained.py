"""What the model that a training began with reads, so that one sees what the training brought."""

from captcha_model.data.samples import LabelledImages
from captcha_model.decoding.letter_case import Case, comparable
from captcha_model.evaluation.report import EvaluationReport
from captcha_model.model import CaptchaModel
from captcha_model.training.run_config.run import Run
from captcha_model.training.run_config.settings import NO_MODEL


def read_untrained(run: Run, images: LabelledImages) -> int | None:
    """Return how many images the model that a run begins with reads right, by its own defaults.

    If the model of the run does not look closer at small text, neither does this one: the images
    are prepared for the run.

    Args:
        run: all settings.
        images: of the evaluation, with the labels that the network is trained with.

    Returns:
        The number of right texts, compared in the case of the labels; None for random weights.

    Raises:
        CaptchaError: the model cannot be loaded.
    """
    if run.training.init == NO_MODEL:
        return None
    model = CaptchaModel.from_pretrained(run.training.init)
    readings = model.predict_pixels(images.pixels, images.closer)
    case: Case = run.data.case
    pairs = zip(readings, images.labels, strict=True)
    return sum(comparable(r.text, case) == comparable(label, case) for r, label in pairs)


def compared(report: EvaluationReport, untrained: int, run: Run) -> str:
    """Return a line that compares an evaluation with what the model read before the training."""
    return (
        f"before the training: {untrained / report.images:.2%}  ({untrained} of the same "
        f"{report.images} texts, read by {run.training.init})"
    )
