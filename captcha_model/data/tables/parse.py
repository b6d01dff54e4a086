"""Choosing the parser of a table by its file name."""

from collections.abc import Collection
from pathlib import PurePosixPath

from captcha_model.data.files import Reader
from captcha_model.data.source_options import SourceOptions
from captcha_model.data.tables.delimited import parse_delimited
from captcha_model.data.tables.json_lines import parse_json_lines
from captcha_model.data.tables.parquet import parse_parquet
from captcha_model.data.tables.rows import LabelTable, decode, invalid
from captcha_model.data.tables.text_lists import parse_text_list
from captcha_model.errors import DataError

TABLE_SUFFIXES = (".csv", ".tsv", ".jsonl", ".txt", ".parquet")


def is_table(name: str) -> bool:
    """Return whether a file may be a table, by its suffix."""
    return PurePosixPath(name).suffix.lower() in TABLE_SUFFIXES


def parse_table(
    name: str, read: Reader, options: SourceOptions, files: Collection[str]
) -> LabelTable:
    """Parse a table.

    Args:
        name: its path relative to the source; the suffix decides its format.
        read: returns its bytes.
        options: the names of its columns.
        files: the names of the files in its folder and below, relative to that folder.

    Raises:
        DataError: the table is not valid, or the names of columns have no use for its format.
        DependencyError: it is a Parquet file, and pyarrow is not installed.
    """
    suffix = PurePosixPath(name).suffix.lower()
    data = read_table(name, read)
    if suffix == ".parquet":
        return parse_parquet(data, name, options)
    text = decode(data, name)
    if suffix == ".jsonl":
        if options.columns:
            raise _without_use(name, "names its columns in every line", "--columns has")
        return parse_json_lines(text, name, options)
    if suffix == ".txt" and not options.columns:
        if options.image_column or options.text_column:
            given = "--image-column and --text-column have"
            raise _without_use(name, "is a list without names of columns", given)
        return parse_text_list(text, name, files)
    return parse_delimited(text, name, options)


def read_table(name: str, read: Reader) -> bytes:
    """Return the bytes of a table.

    Args:
        name: its path relative to the source, for the message.
        read: returns its bytes.

    Raises:
        DataError: it cannot be read.
    """
    try:
        return read()
    except OSError as error:
        raise invalid(name, f"cannot be read: {error}.") from error


def _without_use(name: str, what: str, options: str) -> DataError:
    return DataError(f"{name} {what}, so {options} no use.")
