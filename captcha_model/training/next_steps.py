"""What the result of a training suggests to do next."""

from pathlib import Path

from captcha_model.decoding.letter_case import other_case
from captcha_model.evaluation.report import EvaluationReport
from captcha_model.training.calibrate import PRECISION
from captcha_model.training.result import TrainedModel
from captcha_model.training.run_folder import SAMPLES_PLOT
from captcha_model.training.unlabelled import LEAST_LABELS

FEW_IMAGES = 100
"""With fewer images in an evaluation, its interval is wider than ten percentage points or so."""
_CASE_SHARE = 0.2
_SURE = 0.99
_SHOWN = 3
_ENOUGH_FOR_NONE = 10  # Images of which none is read, if that says something.


def next_steps(trained: TrainedModel) -> list[str]:
    """Return what to do next, most important first: one or two sentences each, at least one.

    Args:
        trained: the result of a run, whose model has its facts.
    """
    training = trained.model.facts.training
    assert training is not None, "a run states how it trained"
    calibration = trained.model.config.calibration
    novelty = calibration.novelty if calibration else None
    return [
        *_nothing(trained.evaluation, trained.folder),
        *_no_gain(trained),
        *_case(trained.evaluation),
        *_labels(trained.evaluation),
        *_images(
            trained.evaluation,
            cross_fitted=not training.validation_images,
            has_unlabelled="data.unlabelled" in training.changed,
        ),
        *_promise(trained, cross_fitted=not training.validation_images),
        _lengths(
            *training.lengths,
            rejects=bool(novelty and novelty.text_lengths),
            expects=trained.model.config.lengths is not None,
        ),
    ]


def _nothing(report: EvaluationReport, folder: Path | None) -> list[str]:
    """Return what to do if no text is read."""
    if report.correct or report.images < _ENOUGH_FOR_NONE:
        return []
    examples = ", ".join(f"{r.name} as {r.label}" for r in report.readings[:_SHOWN])
    plot = f": {folder / SAMPLES_PLOT} shows some of them" if folder else ""
    return [
        f"No text was read right. Check whether the labels are what the images show (it took "
        f"{examples}), and are read from left to right{plot}."
    ]


def _no_gain(trained: TrainedModel) -> list[str]:
    """Return what to do if the model that the training began with reads as much."""
    report, before = trained.evaluation, trained.untrained
    if before is None or not report.correct or before < report.correct:
        return []
    return [
        f"The training brought nothing on these images: before it {before} of {report.images} were "
        f"read right, now {report.correct}. Label more of them, or read with the model that it "
        "began with."
    ]


def _case(report: EvaluationReport) -> list[str]:
    """Return what to do if many mistakes are in the case of a letter only."""
    if report.case != "keep":
        return []
    pairs = [c for c in report.confusions if c.expected and other_case(c.expected) == c.read]
    count, mistakes = sum(c.count for c in pairs), sum(c.count for c in report.confusions)
    if count < 2 or count < _CASE_SHARE * mistakes:
        return []
    shown = ", ".join(f"{c.expected} read as {c.read}" for c in pairs[:_SHOWN])
    return [
        f"{count} of {mistakes} wrong characters are wrong in their case only ({shown}). If your "
        "labels ignore case, add --case lower; if the pictures show both cases and the labels do "
        "not, --case ignore."
    ]


def _labels(report: EvaluationReport) -> list[str]:
    """Return what to do if confident readings contradict their labels."""
    sure = [r for r in report.wrong if r.confidence >= _SURE][::-1]
    if not sure:
        return []
    shown = ", ".join(f"{r.name} ({r.label} read as {r.reading})" for r in sure[:_SHOWN])
    return [
        f"Look at {shown}: the model is sure, so the label may be wrong. captcha-model audit "
        "searches all images for such labels."
    ]


def _images(report: EvaluationReport, *, cross_fitted: bool, has_unlabelled: bool) -> list[str]:
    """Return what to do if the accuracy is uncertain."""
    if report.images >= FEW_IMAGES:
        return []
    low, high = report.interval
    of = "labelled" if cross_fitted else "validation"
    more = ""
    if cross_fitted and report.images >= LEAST_LABELS and not has_unlabelled:
        more = " Images without a label help too: --unlabelled FOLDER."
    return [
        f"{report.images} {of} {'image is' if report.images == 1 else 'images are'} few: the word "
        f"accuracy is from {low:.0%} to {high:.0%}. Label more images, for accuracy and to know it."
        f"{more}"
    ]


def _promise(trained: TrainedModel, *, cross_fitted: bool) -> list[str]:
    """Return what `accepted` means, if the images can show less than what it shall mean."""
    accepted = trained.calibration.accepted
    if accepted.threshold is not None and accepted.precision >= PRECISION:
        return []
    more = "" if cross_fitted else ", or hold more of them back with --validation-fraction"
    if accepted.threshold is None:
        return [
            f"The model accepts no reading: so few images cannot show which are right. Label more"
            f"{more}."
        ]
    return [
        f"Of the readings that the model accepts, at least {accepted.precision:.0%} will be right: "
        f"that is what so few images can show ({accepted.right} of {accepted.accepted} were right "
        f"here). For the usual promise of {PRECISION:.0%}, label more{more}."
    ]


def _lengths(shortest: int, longest: int, *, rejects: bool, expects: bool) -> str:
    """Return which texts the model has seen."""
    span = f"{longest}" if shortest == longest else f"{shortest} to {longest}"
    unit = "character" if longest == 1 else "characters"
    others = ", and rejects others as out of distribution" if rejects else ""
    if expects:
        others = ", and reads others only with --length any, without accepting them"
    return (
        f"It has seen texts of {span} {unit}{others}. If yours may have another length, label some "
        "of each."
    )
