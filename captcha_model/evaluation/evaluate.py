"""Evaluating a model on labelled images."""

import os
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, runtime_checkable

from captcha_model._utils.whole_numbers import plain_whole
from captcha_model.config import CaptchaConfig
from captcha_model.data.dataset import SplitChoice, load_dataset
from captcha_model.data.samples import LabelledImages, Sample
from captcha_model.data.source_options import DEFAULT_OPTIONS, SourceOptions
from captcha_model.decoding.constraints import Length
from captcha_model.decoding.letter_case import Case
from captcha_model.evaluation.report import EvaluationReport
from captcha_model.images.by_width import Closer, Pixels
from captcha_model.prediction import Prediction


@runtime_checkable
class PixelReader(Protocol):
    """What `evaluate` needs of a model; `CaptchaModel` is one."""

    @property
    def config(self) -> CaptchaConfig:
        """Gives the size to which a data set is decoded, and the model's own case."""
        ...

    def predict_pixels(
        self,
        pixels: Pixels,
        *,
        closer: Closer,
        case: Case,
        charset: str | None,
        length: Length | None,
        pattern: str | None,
        views: int | None,
    ) -> Sequence[Prediction]:
        """Read images that have the network's size."""
        ...


def evaluate(
    model: PixelReader,
    data: LabelledImages | str | os.PathLike[str],
    *,
    split: SplitChoice | None = None,
    only_listed: str | os.PathLike[str] | None = None,
    source_options: SourceOptions = DEFAULT_OPTIONS,
    strict: bool = False,
    case: Case | None = None,
    charset: str | None = None,
    length: Length | None = None,
    pattern: str | None = None,
    views: int | None = None,
    progress: Callable[[Sequence[Sample]], Iterable[Sample]] | None = None,
) -> EvaluationReport:
    """Read labelled images with a model, and compare the readings with the labels.

    Args:
        model: a `CaptchaModel`.
        data: a source as `load_dataset` takes it, or images that were decoded with `model.config`;
            the other arguments apply to a source.
        split: see `load_dataset`; None is the validation split, or all that `only_listed` names.
        only_listed: see `load_dataset`.
        source_options: see `load_dataset`.
        strict: see `load_dataset`.
        case: what is done with the case of letters: "keep" compares labels and readings as they
            are; "ignore", "lower" and "upper" read with that option, and letters that differ in
            case only are equal. None is the model's own.
        charset: read with it; this and the next three are options of `CaptchaModel.predict`.
        length: likewise.
        pattern: likewise.
        views: likewise.
        progress: see `load_dataset`.

    Returns:
        The word accuracy with its interval, the character error rate, calibration metrics, the
        confusions and every reading.

    Raises:
        DataError: see `load_dataset`; or there are no images.
        OSError: a table cannot be read.
        ValueError: the split is unknown or given together with `only_listed`, or an argument for a
            source is given with images in memory.
        ConstraintError: the case or an option of reading is not valid.
        TypeError: the model is something else, such as a name or a `ModelChooser`.

    Example:
        >>> model = CaptchaModel.from_pretrained()
        >>> report = captcha_model.evaluate(model, "my-images/", split="validation")
        >>> report.word_accuracy, report.interval
        (0.99, (0.945, 0.998))
    """
    if not isinstance(model, PixelReader):
        raise TypeError(
            "evaluate takes a CaptchaModel, such as CaptchaModel.from_pretrained('general'). "
            f"Received: {model!r:.100}"
        )
    if isinstance(data, LabelledImages):
        if split or only_listed or strict or source_options != DEFAULT_OPTIONS:
            raise ValueError(
                "split, only_listed, source_options and strict apply to a source. "
                "Received images in memory, all of which are evaluated."
            )
        images = data
    else:
        images = load_dataset(
            data,
            model.config,
            split=split or ("all" if only_listed else "validation"),
            only_listed=only_listed,
            source_options=source_options,
            strict=strict,
            progress=progress,
        )
    case = case or model.config.case
    readings = model.predict_pixels(
        images.pixels,
        closer=images.closer,
        case=case,
        charset=charset,
        length=length,
        pattern=pattern,
        views=views,
    )
    told = {"charset": charset, "length": length, "pattern": pattern, "views": views}
    options = {name: plain_whole(value) for name, value in told.items() if value is not None}
    return EvaluationReport.from_readings(images.names, images.labels, readings, case, options)
