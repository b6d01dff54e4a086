"""The table of many images, its summary and its CSV file."""

import csv
import io
import tempfile
from collections import Counter
from collections.abc import Iterable
from html import escape
from pathlib import Path

from PIL import Image

from captcha_model import CaptchaError, ReadingRow
from demo.ui.html import percent_number, png_url, rejection, warnings_html

# The heading, the kind and the width of each column.
COLUMNS = (
    ("image", "html", "136px"),
    ("file", "str", "110px"),
    ("text", "str", "92px"),
    ("value", "str", "60px"),
    ("confidence %", "number", "116px"),
    ("accepted", "str", "92px"),
    ("lowest", "str", "72px"),
    ("lowest %", "number", "88px"),
    ("model", "str", "124px"),
    ("note", "str", "128px"),
)


def table_row(row: ReadingRow, thumbnail: Image.Image | None) -> list[str | float | None]:
    """Return the values of an image under `COLUMNS`.

    Args:
        row: the image's reading or error.
        thumbnail: the image at a small size; None for one that cannot be read.
    """
    shown = f'<img src="{png_url(thumbnail)}" alt="{escape(row.name)}">' if thumbnail else ""
    if isinstance(row.result, CaptchaError):
        return [shown, row.name, "", "", None, "", "", None, "", str(row.result)]
    lowest = row.result.lowest
    return [
        shown,
        row.name,
        row.result.text,
        "" if row.result.value is None else str(row.result.value),
        percent_number(row.result.confidence),
        "yes" if row.result.accepted else "no",
        lowest.text if lowest else "",
        percent_number(lowest.confidence) if lowest else None,
        row.result.model or "",
        rejection(row.result),
    ]


def summary(rows: list[ReadingRow]) -> str:
    """Return how many images were read, failed and were rejected, and the readings' warnings."""
    readings = [row.result for row in rows if not isinstance(row.result, CaptchaError)]
    failed, rejected = len(rows) - len(readings), sum(not r.accepted for r in readings)
    images = "image" if len(readings) == 1 else "images"
    were = "was" if rejected == 1 else "were"
    counts = Counter(warning for reading in readings for warning in reading.warnings)
    warnings = warnings_html(
        # What holds for all of them is about the options.
        warning if count == len(readings) else f"{count} of {len(readings)} images: {warning}"
        for warning, count in counts.items()
    )
    return (
        f"{len(readings)} {images} read"
        + (f", {failed} could not be read" if failed else "")
        + (f"; {rejected} of the readings {were} rejected" if rejected else "")
        + "."
        + (f"\n\n{warnings}" if warnings else "")
    )


def rows_to_csv(rows: Iterable[ReadingRow]) -> str:
    """Return CSV with one line for every image; an error is in the last column."""
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\r\n")
    writer.writerow(ReadingRow.CSV_HEADER)
    writer.writerows(row.to_csv() for row in rows)
    return table.getvalue()


def write_csv(rows: Iterable[ReadingRow], folder: Path) -> str:
    """Write the rows into a CSV file in a new folder below `folder`, and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = Path(tempfile.mkdtemp(dir=folder)) / "readings.csv"
    # Spreadsheets recognise UTF-8 by its byte order mark.
    path.write_text(rows_to_csv(rows), encoding="utf-8-sig", newline="")
    return str(path)
