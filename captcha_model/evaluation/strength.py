"""How strong a captcha is against a model that was never trained on it."""

import dataclasses
import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol

from captcha_model.data.samples import Sample
from captcha_model.decoding.arithmetic import NoValueError, solve
from captcha_model.errors import ConstraintError, DataError, ImageError
from captcha_model.evaluation.report import EvaluationReport
from captcha_model.evaluation.strength_report import Share, StrengthReport
from captcha_model.images.frames import says_unread
from captcha_model.images.sanitize import FrameChoice
from captcha_model.metrics.selective import OperatingPoint, operating_point
from captcha_model.prediction import Prediction
from captcha_model.vocabulary import Vocabulary

PRECISION = 0.95
Progress = Callable[[Sequence[Sample]], Iterable[Sample]]

# No value has more digits.
_WHOLE_NUMBER = re.compile("-?[0-9]{1,16}")


class StreamReader(Protocol):
    """What `measure_strength` needs of a model; `CaptchaModel` is one."""

    @property
    def vocabulary(self) -> Vocabulary:
        """The characters that the model can read."""
        ...

    def predict_stream(
        self,
        images: Iterable[bytes | ImageError],
        *,
        charset: str | None = None,
        length: tuple[int, int] | None = None,
        frames: FrameChoice | None = None,
    ) -> Iterator[Prediction | ImageError]:
        """Read images as they come."""
        ...


def measure_strength(
    model: StreamReader,
    samples: Sequence[Sample],
    progress: Progress | None = None,
    *,
    frames: FrameChoice | None = None,
) -> StrengthReport:
    """Read labelled images with a model that was not trained on them.

    A text in another case counts as read, because most captchas ignore the case. The images are
    read twice: as they are, and by a reader that knows which characters and lengths there are, as
    who attacks a captcha does. Where all labels are whole numbers, they may be the results of sums:
    the values of the texts are then compared with them as well.

    Args:
        model: a `CaptchaModel`.
        samples: the images and their labels.
        progress: wraps the samples to show a progress bar.
        frames: what of an animation is read; None is the first frame.

    Raises:
        DataError: no image can be read.
    """
    show = progress or iter
    start = time.perf_counter()
    results = list(model.predict_stream(map(_open, show(samples)), frames=frames))
    seconds = time.perf_counter() - start
    read = [(s, r) for s, r in zip(samples, results, strict=True) if isinstance(r, Prediction)]
    if not read:
        reason = next((str(r) for r in results if isinstance(r, ImageError)), "there are none")
        raise DataError(f"None of the images can be read: {reason}", code="IMAGES_UNREADABLE")
    labels = [sample.label.lower() for sample, _ in read]
    readings = [dataclasses.replace(r, text=r.text.lower()) for _, r in read]
    right = _right(labels, readings)
    ignoring_case, sums = Share(sum(right), len(read)), None
    unknown = _unknown(model.vocabulary, labels)
    if found := _as_sums(labels, readings):
        right_results = _right(*found)
        sums = Share(sum(right_results), len(read))
        if sums.right > ignoring_case.right:
            (labels, readings), right = found, right_results
    return StrengthReport(
        ignoring_case=ignoring_case,
        exact=Share(sum(sample.label == r.text for sample, r in read), len(read)),
        informed=_informed(model, samples, frames),
        sums=sums,
        unreadable=len(results) - len(read),
        animations=sum(says_unread(reading.warnings) for reading in readings),
        unknown_characters=unknown,
        report=EvaluationReport.from_readings([s.name for s, _ in read], labels, readings),
        lengths={
            length: Share(
                sum(r for r, label in zip(right, labels, strict=True) if len(label) == length),
                sum(len(label) == length for label in labels),
            )
            for length in sorted(set(map(len, labels)))
        },
        most_confident=_most_confident(readings, right),
        seconds_per_image=seconds / len(samples),
    )


def _right(labels: Sequence[str], readings: Sequence[Prediction]) -> list[bool]:
    return [reading.text == label for reading, label in zip(readings, labels, strict=True)]


def _as_sums(
    labels: Sequence[str], readings: Sequence[Prediction]
) -> tuple[list[str], list[Prediction]] | None:
    """Return labels and readings as the results of sums, written alike; "" is no sum.

    None if a label is no whole number, or no text is a sum.
    """
    if not all(map(_WHOLE_NUMBER.fullmatch, labels)):
        return None
    results = [_result(reading.text) for reading in readings]
    if not any(results):
        return None
    answers = [
        dataclasses.replace(reading, text=result)
        for reading, result in zip(readings, results, strict=True)
    ]
    return [str(int(label)) for label in labels], answers


def _result(text: str) -> str:
    try:
        return str(solve(text))
    except NoValueError:
        return ""


def _informed(
    model: StreamReader, samples: Sequence[Sample], frames: FrameChoice | None
) -> Share | None:
    """Return what is read by who knows characters and lengths; None if the model knows none."""
    labels = [sample.label for sample in samples]
    written = set("".join(labels))
    both_cases = {c for text in written for c in (text, *text.lower(), *text.upper())}
    charset = "".join(sorted(both_cases & set(model.vocabulary.characters)))
    lengths = [len(label) for label in labels]
    try:
        results = list(
            model.predict_stream(
                map(_open, samples),
                charset=charset,
                length=(min(lengths), max(lengths)),
                frames=frames,
            )
        )
    except ConstraintError:
        return None
    pairs = [
        (label, r.text)
        for label, r in zip(labels, results, strict=True)
        if isinstance(r, Prediction)
    ]
    return Share(sum(a.lower() == b.lower() for a, b in pairs), len(pairs))


def _unknown(vocabulary: Vocabulary, labels: Sequence[str]) -> str:
    """Return the characters of labels that the model knows in neither case."""
    known = {c.lower() for c in vocabulary.characters}
    return "".join(sorted(set("".join(labels)) - known))


def _most_confident(readings: Sequence[Prediction], right: Sequence[bool]) -> OperatingPoint:
    return operating_point([reading.confidence for reading in readings], right, PRECISION)


def _open(sample: Sample) -> bytes | ImageError:
    try:
        return sample.read()
    except OSError as error:
        return ImageError(f"{sample.name}: {error.strerror or error}", code="IMAGE_NOT_FOUND")
