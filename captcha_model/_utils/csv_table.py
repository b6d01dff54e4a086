"""Writing CSV that every reader takes apart again as it was, and that spreadsheets can open."""

import csv
from collections.abc import Container, Iterable, Sequence
from typing import TextIO

# Some spreadsheets ignore a tab or a line break before the formula.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def write_csv(
    file: TextIO,
    rows: Iterable[Sequence[str]],
    *,
    excel: bool = False,
    numbers: Container[int] = (),
) -> None:
    """Write rows as CSV, each as soon as it comes.

    Args:
        file: a text file in UTF-8 that writes line ends as they are.
        rows: the header and the rows.
        excel: write for spreadsheets: a byte order mark first, by which they recognise UTF-8, and
            an apostrophe before cells that would be formulas.
        numbers: the places of the columns of numbers, which stay numbers where they are negative.
    """
    if excel:
        file.write("\ufeff")
    plain = csv.writer(file, lineterminator="\n")
    # Before Python 3.13 a carriage return is not quoted by itself, and readers end the row there.
    quoted = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_ALL)
    for row in rows:
        cells = (
            [cell if n in numbers else _guarded(cell) for n, cell in enumerate(row)]
            if excel
            else row
        )
        (quoted if any("\r" in cell for cell in cells) else plain).writerow(cells)


def _guarded(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell
