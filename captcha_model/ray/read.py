"""Reading the images of a Ray data set."""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias, Unpack

from captcha_model.inference.options import ReadingKeywords, ReadingOptions, takes_reading_options
from captcha_model.inference.reading_columns import ALL_COLUMNS, PATH, choose_columns
from captcha_model.inference.reading_methods import ReadingMethods
from captcha_model.model import CaptchaModel
from captcha_model.model_chooser import ModelChooser
from captcha_model.ray.actor import ImageReader, check_columns
from captcha_model.ray.cluster import actor_options, load_ray

if TYPE_CHECKING:
    from ray.data import Dataset

ModelName: TypeAlias = str | os.PathLike[str] | ReadingMethods | None
BATCH = 256  # Images that an actor reads at once.


@takes_reading_options
def read(
    dataset: "Dataset",
    *,
    model: ModelName = None,
    columns: Sequence[str] | None = None,
    image_column: str = "",
    id_column: str = PATH,
    actors: int | None = None,
    batch_size: int = BATCH,
    **options: Unpack[ReadingKeywords],
) -> "Dataset":
    """Read the images of a data set, each actor on one core.

    An image that cannot be read is a row with its error, and no block is lost with it. Nothing is
    read before the result is used.

    Args:
        dataset: its images are bytes, objects of bytes and a path as `datasets` stores them,
            arrays, or the paths and URIs in its column `id_column`.
        model: the name, folder or repository of a model, or a model, which is sent to the actors;
            None chooses among the bundled ones for each image.
        columns: those of the result: columns of readings, see `docs/scale.md`, and columns of the
            data set that are kept; None takes the usual ones.
        image_column: the column of the images; the only one with images if left out.
        id_column: the column that names the images; it is kept.
        actors: at most this many read; one for every core of the cluster if left out.
        batch_size: images that an actor reads at once; from 1.
        **options: the fields of `ReadingOptions`.

    Returns:
        A data set with a row for every image.

    Raises:
        CaptchaError: the model cannot be opened, or the options do not suit it.
        ConfigError: there is no such column.
        DependencyError: Ray is not installed.

    Example:
        >>> images = ray.data.read_parquet("s3://bucket/meters/")
        >>> captcha_model.ray.read(images, id_column="meter").write_parquet("s3://bucket/readings/")
    """
    load_ray()
    opened = open_for_actors(model)
    asked = ReadingOptions(**options)
    list(opened.predict_stream([], **options))  # Its errors and warnings come now.
    readings = [name for name in columns or () if name in ALL_COLUMNS]
    kept = [name for name in columns or () if name not in ALL_COLUMNS and name != id_column]
    chosen = choose_columns(None if columns is None else readings, arithmetic=asked.arithmetic)
    schema = dataset.schema(fetch_if_missing=False)
    if schema is not None:
        check_columns(schema.names, id_column, kept)
    return dataset.map_batches(
        ImageReader,
        fn_constructor_args=(opened, asked, chosen, kept, image_column, id_column),
        batch_size=batch_size,
        batch_format="pyarrow",
        **actor_options(actors),
    )


def open_for_actors(model: ModelName) -> ReadingMethods:
    """Return a model that reads on one core; the name of one is opened.

    Raises:
        CaptchaError: it cannot be opened.
    """
    if isinstance(model, ReadingMethods):
        return model
    if model is None:
        return ModelChooser(runtime="onnx", threads=1)
    return CaptchaModel.from_pretrained(model, runtime="onnx", threads=1)
