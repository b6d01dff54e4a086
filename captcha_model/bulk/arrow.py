"""Readings as Arrow tables, and a file of them that ends as Parquet."""

from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

from captcha_model._utils.utf8 import utf8
from captcha_model.bulk.formats import Row, Written
from captcha_model.errors import DependencyError
from captcha_model.inference.reading_columns import CHARACTER_FIELDS, ERROR_COLUMNS, PATH

_ROW_GROUP = 50_000  # Rows of a row group of the Parquet file.


def reading_schema(columns: Sequence[str], name: str = PATH) -> Any:
    """Return the `pyarrow.Schema` of readings.

    Args:
        columns: some of `captcha_model.inference.reading_columns.ALL_COLUMNS`.
        name: what the column of the images' names is called.

    Raises:
        DependencyError: pyarrow is not installed.
    """
    try:
        import pyarrow as pa
    except ImportError as error:
        raise DependencyError.missing("pyarrow", "parquet", "Writing Parquet files") from error
    character = pa.struct(
        [(f, pa.string() if f == "text" else pa.float64()) for f in CHARACTER_FIELDS]
    )
    types = {
        "confidence": pa.float64(),
        "accepted": pa.bool_(),
        "characters": pa.list_(character),
        "value": pa.int64(),
        "constraint_probability": pa.float64(),
        "warnings": pa.list_(pa.string()),
    }
    return pa.schema(
        [(name if column == PATH else column, types.get(column, pa.string())) for column in columns]
    )


def reading_batch(rows: Sequence[Row], columns: Sequence[str], schema: Any) -> Any:
    """Return rows as a `pyarrow.RecordBatch`.

    Args:
        rows: of `captcha_model.inference.reading_columns.reading_row`.
        columns: their columns that are taken.
        schema: the schema of these columns.
    """
    import pyarrow as pa

    arrays = [
        pa.array([_plain(row[column]) for row in rows], field.type)
        for column, field in zip(columns, schema, strict=True)
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


class ArrowStream:
    """A stream of record batches in Arrow's own format, which is converted at the end.

    Args:
        columns: their names, that of the image first.

    Raises:
        DependencyError: pyarrow is not installed.
    """

    converts = True

    def __init__(self, columns: Sequence[str]) -> None:
        self._columns = tuple(columns)
        self._schema = reading_schema(columns)

    def begin(self) -> bytes:
        """Return the schema."""
        data: bytes = self._schema.serialize().to_pybytes()
        return data

    def encode(self, rows: Sequence[Row]) -> bytes:
        """Return one record batch."""
        data: bytes = reading_batch(rows, self._columns, self._schema).serialize().to_pybytes()
        return data

    def written(self, file: BinaryIO) -> Iterator[Written]:
        """Yield the schema and every record batch."""
        for batch in self._messages(file):
            names, failed = ([], 0) if batch is None else self._found(batch)
            yield Written(names, failed, file.tell())

    def convert(self, file: BinaryIO, out: BinaryIO) -> None:
        """Write the Parquet file, a row group at a time."""
        import pyarrow as pa
        from pyarrow import parquet

        held: list[Any] = []
        count = 0
        with parquet.ParquetWriter(
            out, self._schema, compression="zstd", write_page_checksum=True
        ) as writer:
            for batch in self._messages(file):
                if batch is not None:
                    held.append(batch)
                    count += len(batch)
                if count >= _ROW_GROUP:
                    writer.write_table(pa.Table.from_batches(held, self._schema))
                    held, count = [], 0
            if held:
                writer.write_table(pa.Table.from_batches(held, self._schema))

    def complete(self, file: BinaryIO) -> Iterator[Written]:
        """Yield the row groups of the Parquet file."""
        from pyarrow import parquet

        found = parquet.ParquetFile(file)
        columns = [self._columns[0], *(set(ERROR_COLUMNS) & set(found.schema_arrow.names))]
        for batch in found.iter_batches(columns=columns):
            yield Written(*self._found(batch))

    def _found(self, batch: Any) -> tuple[list[str], int]:
        """Return the names of the images of a batch, and how many of them could not be read."""
        told = [name for name in ERROR_COLUMNS if name in batch.schema.names]
        failed = len(batch) - batch.column(told[0]).null_count if told else 0
        return batch.column(self._columns[0]).to_pylist(), failed

    def _messages(self, file: BinaryIO) -> Iterator[Any]:
        """Yield None for the schema, and every complete record batch."""
        import pyarrow as pa

        reader = pa.ipc.MessageReader.open_stream(file)
        while True:
            try:
                message = reader.read_next_message()
            except (StopIteration, pa.ArrowInvalid, OSError):  # The end, or a batch cut off.
                return
            if message.type == "schema":
                yield None
            else:
                yield pa.ipc.read_record_batch(message, self._schema)


def _plain(value: Any) -> Any:
    """Return a text that Arrow takes: names may hold bytes that are not UTF-8."""
    return utf8(value).decode() if isinstance(value, str) else value
