"""The formats of a file of readings, each as records that can be appended one after another.

| suffix | while it is written | when it is complete |
|---|---|---|
| `.csv` | the same | a row an image, with a header |
| `.jsonl` | the same | a line an image |
| `.parquet` | a stream of Arrow record batches | a Parquet file |

Nothing can be appended to a Parquet file, and one without its end cannot be read.
"""

import csv
import io
import json
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, Protocol

from captcha_model._utils.csv_table import write_csv
from captcha_model._utils.utf8 import utf8
from captcha_model.bulk.errors import OutputError
from captcha_model.inference.reading_columns import ERROR_COLUMNS, PATH

Row = dict[str, Any]


class Written(NamedTuple):
    """A complete record of an output.

    Attributes:
        names: of its images; none in what comes before the first row.
        failed: how many of them could not be read, as far as the columns tell.
        end: the offset behind it, in bytes; 0 in a final form that was converted.
    """

    names: Sequence[str]
    failed: int
    end: int = 0


class Format(Protocol):
    """How rows become records, and how the complete ones of an interrupted output are found.

    Attributes:
        converts: whether `convert` makes another file of the complete records.
    """

    converts: bool

    def begin(self) -> bytes:
        """Return what comes before the first row."""

    def encode(self, rows: Sequence[Row]) -> bytes:
        """Return rows as records."""

    def written(self, file: BinaryIO) -> Iterator[Written]:
        """Yield the complete records of a file; the last one may have been cut off."""

    def convert(self, file: BinaryIO, out: BinaryIO) -> None:
        """Write the final form of a complete file."""

    def complete(self, file: BinaryIO) -> Iterator[Written]:
        """Yield the records of the final form.

        Raises:
            ValueError: the file is of another form.
            LookupError: likewise.
        """


class JsonLines:
    """A line for every image, an object with its columns.

    Args:
        columns: their names, that of the image first.
    """

    converts = False

    def __init__(self, columns: Sequence[str]) -> None:
        self._columns = columns

    def begin(self) -> bytes:
        """Return nothing."""
        return b""

    def encode(self, rows: Sequence[Row]) -> bytes:
        """Return a line for each row."""
        chosen = ({name: row[name] for name in self._columns} for row in rows)
        return b"".join(utf8(json.dumps(row, ensure_ascii=False)) + b"\n" for row in chosen)

    def written(self, file: BinaryIO) -> Iterator[Written]:
        """Yield every line that has an end."""
        end = 0
        for line in file:
            end += len(line)
            if line.endswith(b"\n"):
                row = json.loads(line)
                yield Written([str(row[PATH])], _has_error(row), end)

    def convert(self, file: BinaryIO, out: BinaryIO) -> None:
        """Copy it, though there is no need to."""
        shutil.copyfileobj(file, out)

    def complete(self, file: BinaryIO) -> Iterator[Written]:
        """Yield the records of the final form, which is that in which it grew."""
        return self.written(file)


class Csv(JsonLines):
    """A header, and a row for every image; its characters are JSON in one cell."""

    def begin(self) -> bytes:
        """Return the header."""
        return _csv([self._columns])

    def encode(self, rows: Sequence[Row]) -> bytes:
        """Return the rows."""
        return _csv([[_cell(row[name]) for name in self._columns] for row in rows])

    def written(self, file: BinaryIO) -> Iterator[Written]:
        """Yield the header and every row; a line end between quotation marks ends none."""
        end, held = 0, b""
        header: list[str] = []
        for line in file:
            held += line
            if held.count(b'"') % 2 or not line.endswith(b"\n"):
                continue
            end += len(held)
            (cells,) = csv.reader(io.StringIO(held.decode(), newline=""))
            failed = _has_error(dict(zip(header, cells, strict=False)))
            yield Written(cells[:1] if header else [], failed, end)
            header = header or cells
            held = b""


def format_of(out: Path, columns: Sequence[str]) -> Format:
    """Return the format that the suffix of an output says.

    Raises:
        OutputError: it says none.
        DependencyError: pyarrow is not installed, which Parquet needs.
    """
    match out.suffix.lower():
        case ".csv":
            return Csv(columns)
        case ".jsonl":
            return JsonLines(columns)
        case ".parquet":
            from captcha_model.bulk.arrow import ArrowStream  # Here, as it needs pyarrow.

            return ArrowStream(columns)
    raise OutputError(
        f"{str(out)!r} must end in .csv, .jsonl or .parquet, which says the format.",
        code="OUT_FORMAT",
    )


def _has_error(row: Row) -> bool:
    """Return whether a row is of an image that could not be read, as far as its columns tell."""
    return any(row.get(name) for name in ERROR_COLUMNS)


def _csv(rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    write_csv(text, rows)
    return utf8(text.getvalue())


def _cell(value: Any) -> str:
    """Return the text of a value in CSV."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float():
            return f"{value:.6f}"
        case list():
            return json.dumps(value, ensure_ascii=False)
    return str(value)
