"""Tables in Parquet, and opening a Parquet file of unknown origin."""

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from captcha_model.data.source_options import SourceOptions
from captcha_model.data.tables.columns import find_columns
from captcha_model.data.tables.rows import LabelTable, Row, invalid, name_lines
from captcha_model.errors import DependencyError


def parse_parquet(data: bytes, table: str, options: SourceOptions) -> LabelTable:
    """Parse a table of file names and labels.

    Args:
        data: the Parquet file.
        table: its name, for messages.
        options: the names of the columns.

    Raises:
        DataError: it is not a Parquet file, or a column is missing or holds something else.
        DependencyError: pyarrow is not installed.
    """
    file = open_parquet(data, table)
    header = file.schema_arrow.names
    image, label = (header[at] for at in find_columns(header, options, table))
    names, texts = (read_texts(file, column, table) for column in (image, label))
    rows = [Row(*row) for row in zip(range(1, len(names) + 1), names, texts, strict=True)]
    return LabelTable(table, f"the column {label}", rows)


def open_parquet(source: bytes | Path, table: str) -> Any:
    """Open a Parquet file; its pages are checked if they have checksums.

    Args:
        source: its bytes or its path.
        table: its name, for messages.

    Returns:
        A `pyarrow.parquet.ParquetFile`.

    Raises:
        DataError: it is not one.
        DependencyError: pyarrow is not installed.
    """
    try:
        from pyarrow import parquet
    except ImportError as error:
        raise DependencyError.missing("pyarrow", "parquet", "Reading Parquet files") from error
    with parquet_failures(table):
        return parquet.ParquetFile(
            io.BytesIO(source) if isinstance(source, bytes) else source,
            page_checksum_verification=True,
        )


def read_texts(file: Any, column: str, table: str) -> Sequence[str]:
    """Read a column of texts.

    Args:
        file: a `pyarrow.parquet.ParquetFile`.
        column: its name.
        table: the name of the file, for messages.

    Raises:
        DataError: the column cannot be read, or a value is not a text.
    """
    with parquet_failures(table):
        values: list[Any] = file.read(columns=[column]).column(0).to_pylist()
    bad = [row for row, value in enumerate(values, start=1) if not isinstance(value, str)]
    if bad:
        kind = file.schema_arrow.field(column).type
        raise invalid(
            table,
            f"needs texts in the column {column}, whose type is {kind}. Rows without one: "
            f"{name_lines(bad)}.",
        )
    return values


@contextmanager
def parquet_failures(table: str) -> Iterator[None]:
    """Turn what pyarrow raises for a damaged file into a `DataError`.

    Args:
        table: the name of the file.
    """
    import pyarrow

    try:
        yield
    except (pyarrow.ArrowException, OSError, ValueError, MemoryError, KeyError) as error:
        reason = " ".join(str(error).split())
        raise invalid(table, f"is not a valid Parquet file: {reason:.200}") from error
