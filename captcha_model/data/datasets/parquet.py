"""Data sets whose images are in Parquet files, as those of Hugging Face's `datasets` are.

The labels are read at once. The images are read a row group at a time, so a data set may be larger
than the memory.
"""

import threading
from collections.abc import Sequence
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

from captcha_model.data.samples import Sample
from captcha_model.data.source_options import TEXT_COLUMNS, SourceOptions
from captcha_model.data.tables.columns import guess_columns
from captcha_model.data.tables.parquet import open_parquet, parquet_failures, read_texts
from captcha_model.data.tables.rows import invalid
from captcha_model.errors import DataError

SUFFIX = ".parquet"


def holds_images(source: bytes | Path, name: str) -> bool:
    """Return whether a Parquet file has a column of images.

    Args:
        source: the file.
        name: for messages.

    Raises:
        DataError: it is not a Parquet file.
        DependencyError: pyarrow is not installed.
    """
    return bool(_image_columns(open_parquet(source, name).schema_arrow))


def parquet_samples(
    source: bytes | Path, name: str, options: SourceOptions
) -> tuple[list[Sample], str]:
    """Return the images of a Parquet file, and the column of their labels.

    Args:
        source: the file.
        name: its path relative to the data set; names of samples begin with it.
        options: the names of the columns, if they are not `image` and `text`.

    Raises:
        DataError: it is not such a file, or has no such columns.
        DependencyError: pyarrow is not installed.
    """
    images = _Images(open_parquet(source, name), name, options)
    stem = PurePosixPath(name).with_suffix("")
    samples = [
        Sample(f"{stem}/{row:07d}", text, partial(images.read, row))
        for row, text in enumerate(images.labels)
    ]
    return samples, images.text_column


class _Images:
    """The images of one file; the row group that was read last is kept."""

    def __init__(self, file: Any, name: str, options: SourceOptions) -> None:
        self._file, self._name = file, name
        self._column, self.text_column = _columns(file.schema_arrow, name, options)
        self.labels: Sequence[str] = read_texts(file, self.text_column, name)
        with parquet_failures(name):
            groups = range(file.num_row_groups)
            self._sizes = [file.metadata.row_group(group).num_rows for group in groups]
        self._lock = threading.Lock()
        self._group, self._rows = -1, None

    def read(self, row: int) -> bytes:
        """Return the bytes of the image in a row, from 0.

        Raises:
            OSError: they cannot be read.
        """
        group = 0
        while row >= self._sizes[group]:
            row -= self._sizes[group]
            group += 1
        with self._lock:
            if group != self._group:
                self._rows = self._read_group(group)
                self._group = group
            value = self._rows[row].as_py() if self._rows is not None else None
        data = value.get("bytes") if isinstance(value, dict) else value
        if not isinstance(data, bytes):
            raise OSError(f"the column {self._column} holds no image file in this row")
        return data

    def _read_group(self, group: int) -> Any:
        try:
            with parquet_failures(self._name):
                return self._file.read_row_group(group, columns=[self._column]).column(0)
        except DataError as error:
            raise OSError(str(error)) from error


def _columns(schema: Any, name: str, options: SourceOptions) -> tuple[str, str]:
    """Return the column of the images and that of the labels."""
    images = _image_columns(schema)
    image = options.image_column or ("image" if "image" in images else images[0] if images else "")
    if image not in images:
        raise invalid(
            name,
            f"has no column of images {image!r}. Its columns: {', '.join(schema.names)}. "
            "Name one with --image-column",
        )
    wanted = [options.text_column] if options.text_column else list(TEXT_COLUMNS)
    text = next((column for column in wanted if column in schema.names), None)
    if text is None:
        rest = [column for column in schema.names if column != image]
        guessed = guess_columns([*rest, "file"])
        hint = f"Perhaps: --text-column {guessed[1]}" if guessed else "Name one with --text-column"
        raise invalid(
            name, f"has no column {wanted[0]}. Its columns: {', '.join(schema.names)}. {hint}"
        )
    return image, text


def _image_columns(schema: Any) -> list[str]:
    """Return the columns that hold image files: bytes, or an object with bytes."""
    from pyarrow import types

    found = []
    for field in schema:
        kind = field.type
        if types.is_struct(kind) and kind.get_field_index("bytes") >= 0:
            kind = kind.field("bytes").type
        if types.is_binary(kind) or types.is_large_binary(kind):
            found.append(field.name)
    return found
