"""What the page's endpoints do, without Gradio: files in, plain values out."""

import csv
import io
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from captcha_model.errors import CaptchaError
from captcha_model.images import ImageSource
from captcha_model.model import CaptchaModel
from captcha_model.prediction import Prediction
from captcha_model.tables import CSV_HEADER, csv_row

HIGH, MEDIUM = 0.95, 0.70
MAX_IMAGES = 500


def band(confidence: float) -> str:
    """Return "high" from 95 %, "medium" from 70 %, else "low"."""
    return "high" if confidence >= HIGH else "medium" if confidence >= MEDIUM else "low"


@dataclass(frozen=True)
class TimedReading:
    """A reading, and how many milliseconds decoding, the network and the rest took together."""

    reading: Prediction
    milliseconds: float


@dataclass(frozen=True)
class Row:
    """One image of many: its file name with its reading or the error it got."""

    name: str
    result: Prediction | CaptchaError


def read_timed(model: CaptchaModel, path: str) -> TimedReading:
    """Read one file.

    Raises:
        ImageError: the file is not an image that can be read.
    """
    start = time.perf_counter()
    reading = model.predict(Path(path))
    return TimedReading(reading, 1000 * (time.perf_counter() - start))


def read_named(model: CaptchaModel, images: Iterable[tuple[str, ImageSource]]) -> Iterator[Row]:
    """Read named images as they come; one that cannot be read gives a row with its error."""
    images = list(images)
    results = model.read_each(source for _, source in images)
    for (name, _), result in zip(images, results, strict=True):
        yield Row(name, result)


def read_rows(model: CaptchaModel, paths: Iterable[str]) -> Iterator[Row]:
    """Read files as `read_named` does, under their files' names."""
    return read_named(model, ((Path(path).name, Path(path)) for path in paths))


def rows_to_csv(rows: Iterable[Row]) -> str:
    """Return rows as CSV, with a line for every image and its error if it has one."""
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\r\n")
    writer.writerow(CSV_HEADER)
    writer.writerows(csv_row(row.name, row.result) for row in rows)
    return table.getvalue()
