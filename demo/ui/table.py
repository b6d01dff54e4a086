"""The rows of the table of many images; `scripts/table.js` shows them."""

import csv
import io
from typing import Any, NamedTuple

from PIL import Image

from captcha_model import CaptchaError, ReadingRow

from .html import percent_number, png_url, rejection


class Column(NamedTuple):
    """A column of the table.

    Attributes:
        key: its key in `table_row`.
        heading: its heading.
        is_number: whether it is sorted by number.
    """

    key: str
    heading: str
    is_number: bool = False


COLUMNS = (
    Column("file", "File"),
    Column("text", "Text"),
    Column("value", "Value", True),
    Column("confidence", "Confidence %", True),
    Column("accepted", "Accepted"),
    Column("lowest", "Lowest"),
    Column("lowest_confidence", "Lowest %", True),
    Column("model", "Model"),
    Column("note", "Note"),
)


def table_row(row: ReadingRow, thumbnail: Image.Image | None) -> dict[str, Any]:
    """Return the values of an image under `COLUMNS`, and what the page needs beside them.

    Args:
        row: the image's reading or error.
        thumbnail: the image at a small size; None for one that cannot be read.
    """
    shown: dict[str, Any] = {column.key: None for column in COLUMNS}
    shown |= {
        "file": row.name,
        "kind": "unreadable",
        "thumbnail": png_url(thumbnail) if thumbnail else None,
        "warnings": [],
        "csv": csv_line(row.to_csv()),
    }
    if isinstance(row.result, CaptchaError):
        return {**shown, "note": str(row.result)}
    lowest = row.result.lowest
    return {
        **shown,
        "kind": "accepted" if row.result.accepted else "rejected",
        "text": row.result.text,
        "value": row.result.value,
        "confidence": percent_number(row.result.confidence),
        "accepted": "yes" if row.result.accepted else "no",
        "lowest": lowest.text if lowest else None,
        "lowest_confidence": percent_number(lowest.confidence) if lowest else None,
        "model": row.result.model,
        "note": rejection(row.result),
        "warnings": list(dict.fromkeys(row.result.warnings)),
    }


def csv_line(values: list[str]) -> str:
    """Return a line of CSV without its end."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(values)
    return line.getvalue()
