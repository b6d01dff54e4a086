"""The table of many images, and what is told of them together."""

import math
import tempfile
from html import escape
from pathlib import Path

from captcha_model.errors import CaptchaError
from demo.serving.readings import Row, reason, rows_to_csv
from demo.ui.html import THUMBNAIL, preview

# Each column's heading with its kind and its width.
COLUMNS = (
    ("picture", "html", "150px"),
    ("file", "str", "130px"),
    ("text", "str", "100px"),
    ("confidence %", "number", "122px"),
    ("accepted", "str", "98px"),
    ("lowest", "str", "78px"),
    ("lowest %", "number", "94px"),
    ("note", "str", "186px"),
)


def thumbnail(path: str, row: Row) -> str:
    """Return a small picture of an image in HTML; nothing for one that cannot be read."""
    if isinstance(row.result, CaptchaError):
        return ""
    return f'<img src="{preview(path, THUMBNAIL)}" alt="{escape(row.name)}">'


def table_row(row: Row, picture: str) -> list[str | float | None]:
    """Return what stands under `COLUMNS` for an image.

    Args:
        row: what was read.
        picture: its `thumbnail`.
    """
    if isinstance(row.result, CaptchaError):
        return [picture, row.name, "", None, "", "", None, str(row.result)]
    lowest = row.result.lowest
    return [
        picture,
        row.name,
        row.result.text,
        percent_number(row.result.confidence),
        "yes" if row.result.accepted else "no",
        lowest.text if lowest else "",
        percent_number(lowest.confidence) if lowest else None,
        reason(row.result),
    ]


def percent_number(confidence: float) -> float:
    """Return per cent with one decimal, rounded down: 100 must not stand for less."""
    return math.floor(1000 * confidence) / 10


def summary(rows: list[Row]) -> str:
    """Say how many images were read, could not be, and were read without being accepted."""
    readings = [row.result for row in rows if not isinstance(row.result, CaptchaError)]
    failed, refused = len(rows) - len(readings), sum(not r.accepted for r in readings)
    images = "image" if len(readings) == 1 else "images"
    return (
        f"{len(readings)} {images} read"
        + (f", {failed} could not be read" if failed else "")
        + (f"; {refused} of the readings not accepted" if refused else "")
        + "."
    )


def write_csv(rows: list[Row], folder: Path) -> str:
    """Write rows into a file of its own below a folder and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = Path(tempfile.mkdtemp(dir=folder)) / "readings.csv"
    # With a byte order mark, because without one spreadsheets take UTF-8 for something else.
    path.write_text(rows_to_csv(rows), encoding="utf-8-sig", newline="")
    return str(path)
