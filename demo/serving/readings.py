"""What the page's endpoints do, without Gradio: files in, plain values out."""

import csv
import io
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from captcha_model.config import Calibration
from captcha_model.errors import CaptchaError
from captcha_model.images.decode import ImageSource
from captcha_model.inference.decoder import Inspection, ReadOptions
from captcha_model.inference.reader import DEFAULT_BATCH_SIZE
from captcha_model.inference.rows import CSV_HEADER, csv_row
from captcha_model.model import CaptchaModel
from captcha_model.prediction import Prediction, RejectionReason

HIGH, MEDIUM = 0.95, 0.70
MAX_IMAGES = 500
REASONS: Mapping[RejectionReason, str] = MappingProxyType(
    {
        "LOW_CONFIDENCE": "Too unsure",
        "NO_TEXT": "There is no text that the model can read",
        "OUT_OF_DISTRIBUTION": "This does not look like the images that the model knows",
    }
)


def band(confidence: float) -> str:
    """Return "high" from 95 %, "medium" from 70 %, else "low"."""
    return "high" if confidence >= HIGH else "medium" if confidence >= MEDIUM else "low"


def reason(reading: Prediction) -> str:
    """Say in plain words why a reading is not accepted; nothing where it is."""
    return REASONS[reading.rejection_reason] if reading.rejection_reason else ""


@dataclass(frozen=True)
class TimedReading:
    """A reading, what led to it, and what it was held to.

    Attributes:
        inspection: the reading and what the network saw.
        milliseconds: how long decoding, the network and the rest took together.
        min_confidence: from this confidence of a text on it is accepted; None accepts none.
    """

    inspection: Inspection
    milliseconds: float
    min_confidence: float | None


@dataclass(frozen=True)
class Row:
    """One image of many: its file name with its reading or the error it got."""

    name: str
    result: Prediction | CaptchaError


def read_timed(model: CaptchaModel, image: ImageSource, how: ReadOptions) -> TimedReading:
    """Read one image.

    Raises:
        ImageError: it is not an image that can be read.
        ConstraintError: no text of the model is as `how` says.
    """
    start = time.perf_counter()
    inspection = model.inspect(image, **how)
    milliseconds = 1000 * (time.perf_counter() - start)
    return TimedReading(
        inspection, milliseconds, how.get("min_confidence", own_min_confidence(model))
    )


def own_min_confidence(model: CaptchaModel) -> float | None:
    """Return from which confidence on a model accepts a text by itself; None accepts none."""
    return (model.config.calibration or Calibration()).min_confidence


def read_named(
    model: CaptchaModel,
    images: Iterable[tuple[str, ImageSource]],
    how: ReadOptions,
    batch_size: int = DEFAULT_BATCH_SIZE,
) -> Iterator[Row]:
    """Read named images as they come; one that cannot be read gives a row with its error.

    Args:
        model: what reads.
        images: with their names; taken a batch at a time.
        how: what is known of the texts.
        batch_size: how many go through the network at once.

    Raises:
        ConstraintError: no text of the model is as `how` says.
    """
    names: deque[str] = deque()

    def sources() -> Iterator[ImageSource]:
        for name, source in images:
            names.append(name)
            yield source

    for result in model.predict_stream(sources(), batch_size=batch_size, **how):
        yield Row(names.popleft(), result)


def read_rows(model: CaptchaModel, paths: Iterable[str], how: ReadOptions) -> Iterator[Row]:
    """Read files as `read_named` does, under their files' names."""
    return read_named(model, name_files(paths), how)


def name_files(paths: Iterable[str]) -> Iterator[tuple[str, Path]]:
    """Yield files with their names."""
    return ((Path(path).name, Path(path)) for path in paths)


def rows_to_csv(rows: Iterable[Row]) -> str:
    """Return rows as CSV, with a line for every image and its error if it has one."""
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\r\n")
    writer.writerow(CSV_HEADER)
    writer.writerows(csv_row(row.name, row.result) for row in rows)
    return table.getvalue()
