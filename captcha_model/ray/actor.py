"""What reads the images of a batch, in an actor of Ray."""

import warnings
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from captcha_model.bulk.arrow import reading_batch, reading_schema
from captcha_model.errors import ConfigError, ConstraintWarning, ImageError
from captcha_model.images.decode import ImageSource
from captcha_model.inference.options import ReadingOptions
from captcha_model.inference.reading_columns import reading_row
from captcha_model.inference.reading_methods import ReadingMethods
from captcha_model.ray.places import open_images

_IMAGE = "image"


class ImageReader:
    """Turns the table of a batch of images into the table of their readings.

    Args:
        model: reads.
        options: the reading options.
        columns: of the readings, that of the images' names first.
        kept: the columns of the images that are kept.
        image_column: which column has the images; "" takes the one that there is.
        id_column: which column has their names.
    """

    def __init__(
        self,
        model: ReadingMethods,
        options: ReadingOptions,
        columns: Sequence[str],
        kept: Sequence[str],
        image_column: str,
        id_column: str,
    ) -> None:
        self._model = model
        self._options = options
        self._columns = columns
        self._kept = kept
        self._image, self._id = image_column, id_column
        self._schema = reading_schema(columns, id_column)
        # The driver has shown them.
        warnings.simplefilter("ignore", ConstraintWarning)

    def __call__(self, batch: Any) -> Any:
        """Read a batch.

        Args:
            batch: a `pyarrow.Table` of images.

        Returns:
            A `pyarrow.Table` with a row for each of them, in their order.
        """
        import pyarrow as pa

        check_columns(batch.schema.names, self._id, self._kept)
        image = find_image_column(batch.schema, self._image, self._id)
        results = self._model.predict_stream(
            _sources(batch.column(image)), **self._options.keywords()
        )
        rows = [reading_row("", result) for result in results]
        table = pa.Table.from_batches([reading_batch(rows, self._columns, self._schema)])
        table = table.set_column(0, self._id, batch.column(self._id))
        for name in self._kept:
            table = table.append_column(name, batch.column(name))
        return table


def check_columns(names: Sequence[str], id_column: str, kept: Sequence[str]) -> None:
    """Check that a data set has the columns that are asked for by name.

    Raises:
        ConfigError: it lacks one.
    """
    for name in (id_column, *kept):
        if name not in names:
            raise ConfigError(
                f"The data set has no column {name!r}. It has: {', '.join(names)}. Name the column "
                "that tells its images apart with id_column (--id-column)."
            )


def find_image_column(schema: Any, name: str, id_column: str) -> str:
    """Return the column of the images.

    Args:
        schema: a `pyarrow.Schema`.
        name: of the column, if it is known.
        id_column: the column that is taken for paths if there are no images.

    Raises:
        ConfigError: there is no such column, or several may be it.
    """
    if name and name not in schema.names:
        raise ConfigError(f"There is no column {name!r}. The columns: {', '.join(schema.names)}.")
    found = [name] if name else [field.name for field in schema if _holds_images(field.type)]
    if len(found) > 1:
        found = [_IMAGE] if _IMAGE in found else found
    if not found and id_column in schema.names:
        found = [id_column]
    if len(found) != 1:
        raise ConfigError(
            f"{'Several columns have' if found else 'No column has'} images. Name it with "
            f"image_column (--image-column). The columns: {', '.join(schema.names)}."
        )
    return str(found[0])


def _holds_images(kind: Any) -> bool:
    """Return whether the values of a column are image files, or objects with them, or arrays."""
    import pyarrow as pa
    from pyarrow import types

    if types.is_struct(kind) and kind.get_field_index("bytes") >= 0:
        kind = kind.field("bytes").type
    is_array = isinstance(kind, pa.BaseExtensionType)
    return bool(types.is_binary(kind) or types.is_large_binary(kind) or is_array)


def _sources(column: Any) -> Iterator[ImageSource | ImageError]:
    """Yield the images of a column, a `pyarrow.ChunkedArray`."""
    import pyarrow as pa
    from pyarrow import types

    if isinstance(column.type, pa.BaseExtensionType):
        for chunk in column.chunks:
            yield from chunk.to_numpy(zero_copy_only=False)
    elif types.is_string(column.type) or types.is_large_string(column.type):
        yield from open_images("" if name is None else name for name in column.to_pylist())
    else:
        yield from map(_source, _values(column))


def _values(column: Any) -> Iterable[Any]:
    """Yield the values one by one, so that a copy of few images is held."""
    for chunk in column.chunks:
        for value in chunk:
            yield value.as_py()


def _source(value: Any) -> ImageSource | ImageError:
    # The path beside the bytes is not followed: data of unknown origin could name any file.
    data = value.get("bytes") if isinstance(value, dict) else value
    if not isinstance(data, bytes):
        return ImageError("The row has no image.", code="IMAGE_EMPTY")
    return data
