"""What every parser of a table returns, and how tables are decoded to text."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from captcha_model._utils.name_some import name_some
from captcha_model.errors import DataError


@dataclass(frozen=True)
class Row:
    """One image file and its label, as a table has them.

    Attributes:
        line: where it is in the table, from 1: its line, or its row in a Parquet file.
        file: the name of the file.
        text: the label.
    """

    line: int
    file: str
    text: str


@dataclass(frozen=True)
class LabelTable:
    """A table that was parsed.

    Attributes:
        name: the file name, relative to the source.
        form: what the labels were taken from, for people: "the column text".
        rows: in the order of the table.
        is_growing: whether a person labels one image after another in it, so that images without a
            row are to be expected.
    """

    name: str
    form: str
    rows: Sequence[Row]
    is_growing: bool = False


def invalid(table: str, reason: str) -> DataError:
    """Return the error of a table that is not valid."""
    return DataError(f"{table} {reason}", code="TABLE_INVALID")


def name_lines(lines: Sequence[int]) -> str:
    """Return "line 3", or "lines 3, 4 and 20 more"."""
    return f"line{'s' if len(lines) > 1 else ''} {name_some(map(str, lines))}"


def decode(data: bytes, table: str) -> str:
    """Decode a table, with or without a byte order mark.

    Raises:
        DataError: it is not UTF-8.
    """
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise invalid(table, "is not UTF-8 text. Save it as UTF-8.") from error


def lines_of(text: str) -> Iterator[tuple[int, str]]:
    """Number the lines of a text from 1; only line feeds and carriage returns end a line."""
    for number, line in enumerate(io.StringIO(text, newline=None), start=1):
        yield number, line.rstrip("\n")
