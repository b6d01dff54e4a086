"""Selecting images of a source by a table of file names, such as the `val.csv` of a training."""

import csv
import io
from collections.abc import Iterable
from pathlib import Path

from captcha_model._utils.name_some import name_some
from captcha_model.data.samples import Sample
from captcha_model.errors import DataError

COLUMN = "file_name"


def select_listed(samples: Iterable[Sample], table: Path) -> list[Sample]:
    """Return the samples that a table lists, in the order of the samples.

    Args:
        samples: all samples of a source; iterated over once.
        table: a CSV file whose column `file_name` holds `Sample.name`s. Other columns are ignored.

    Raises:
        DataError: the file is not such a table, is empty, or names a file that is not in the data.
        OSError: the file cannot be read.
    """
    names = _read_names(table)
    listed = set(names)
    chosen = [sample for sample in samples if sample.name in listed]
    found = {sample.name for sample in chosen}
    missing = [name for name in dict.fromkeys(names) if name not in found]
    if missing:
        raise DataError(
            f"{table.name} names {len(missing)} files that are not in the data: "
            f"{name_some(missing)}.",
            code="FILES_MISSING",
        )
    return chosen


def _read_names(table: Path) -> list[str]:
    try:
        text = table.read_bytes().decode("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
    except UnicodeDecodeError as error:
        raise DataError(f"{table.name} is not UTF-8 text.", code="TABLE_INVALID") from error
    except csv.Error as error:
        raise DataError(f"{table.name} cannot be read: {error}.", code="TABLE_INVALID") from error
    if not rows:
        raise DataError(f"{table.name} has no rows.", code="SOURCE_EMPTY")
    names = [row.get(COLUMN) for row in rows]
    bad = [str(number) for number, name in enumerate(names, start=1) if not name]
    if bad:
        raise DataError(
            f"{table.name} needs a value for {COLUMN} in every row. Rows without one: "
            f"{name_some(bad)}.",
            code="TABLE_INVALID",
        )
    return [name for name in names if name]
