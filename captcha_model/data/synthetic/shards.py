"""Synthetic data sets drawn by several processes, as image files or as Parquet files.

An image depends on the seed and its index alone, and a Parquet file on the indices of its images,
so the number of processes changes nothing in what is written.
"""

import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple

from PIL import Image

from captcha_model._utils.atomic_files import replaced_file
from captcha_model._utils.worker_pool import WorkerPool
from captcha_model.data.synthetic.dataset import (
    Renderer,
    make_folder,
    write_images,
    write_table,
)
from captcha_model.data.synthetic.drawing import Drawing
from captcha_model.errors import DependencyError

SHARD = 10_000  # Images of a Parquet file.
_ROW_GROUP = 200  # Images that are read at once where single ones are asked for, as in training.
_TASK = 250  # Images that a process draws at once.
# How `datasets` knows that the column has images.
_FEATURES = {
    "info": {
        "features": {
            "image": {"_type": "Image"},
            "text": {"dtype": "string", "_type": "Value"},
        }
    }
}


class Part(NamedTuple):
    """The images that are drawn at once: from `start`, and before `stop`."""

    start: int
    stop: int

    @property
    def shard_name(self) -> str:
        """The name of the Parquet file that holds them."""
        return f"part-{self.start // SHARD:06d}.parquet"


def parts(count: int, size: int) -> list[Part]:
    """Return the parts of `count` images."""
    return [Part(start, min(start + size, count)) for start in range(0, count, size)]


def write_files(drawing: Drawing, count: int, out: Path, processes: int) -> Iterator[int]:
    """Write images and a `metadata.csv`, as `write_folder` does, with several processes.

    Args:
        drawing: what is drawn.
        count: the number of images.
        out: a new folder.
        processes: how many draw.

    Yields:
        Numbers of images that are written.

    Raises:
        DataError: the folder is not empty.
        WorkerError: a process ends again and again.
    """
    make_folder(out)
    pool = WorkerPool(_draw_files, processes=processes, start=_start, arguments=(drawing, out))
    rows: list[tuple[str, str]] = []
    for some in pool.results(parts(count, _TASK)):
        rows += some
        yield len(some)
    write_table(rows, out)


def write_shards(drawing: Drawing, count: int, out: Path, processes: int) -> Iterator[int]:
    """Write Parquet files with the columns `image` and `text`, which training reads as a source.

    Takes, yields and raises what `write_files` does.

    Raises:
        DependencyError: pyarrow is not installed.
    """
    check_parquet()
    make_folder(out)
    pool = WorkerPool(_draw_shard, processes=processes, start=_start, arguments=(drawing, out))
    yield from pool.results(parts(count, SHARD))


def check_parquet() -> None:
    """Check that Parquet files can be written.

    Raises:
        DependencyError: pyarrow is not installed.
    """
    try:
        import pyarrow  # noqa: F401
    except ImportError as error:
        raise DependencyError.missing("pyarrow", "parquet", "Writing Parquet files") from error


def write_shard(renderer: Renderer, part: Part, file: BinaryIO) -> None:
    """Write a Parquet file of images.

    Args:
        renderer: draws them.
        part: which ones.
        file: open for writing.
    """
    import pyarrow as pa
    from pyarrow import parquet

    image = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    schema = pa.schema(
        [("image", image), ("text", pa.string())], {"huggingface": json.dumps(_FEATURES)}
    )
    # PNG is compressed already.
    with parquet.ParquetWriter(
        file, schema, compression="none", write_page_checksum=True
    ) as writer:
        for start in range(part.start, part.stop, _ROW_GROUP):
            indices = range(start, min(start + _ROW_GROUP, part.stop))
            drawn = [renderer.draw(index) for index in indices]
            images = [
                {"bytes": _png(each.image), "path": f"{index:08d}.png"}
                for index, each in zip(indices, drawn, strict=True)
            ]
            texts = [each.text for each in drawn]
            writer.write_table(pa.table([pa.array(images, image), texts], schema))


def _png(image: Image.Image) -> bytes:
    data = io.BytesIO()
    image.save(data, "PNG")
    return data.getvalue()


_prepared: tuple[Renderer, Path]


def _start(drawing: Drawing, out: Path) -> None:
    """Prepare a process: fonts take a while to load."""
    global _prepared
    _prepared = drawing.renderer(), out


def _draw_files(part: Part) -> Sequence[tuple[str, str]]:
    renderer, out = _prepared
    return list(write_images(renderer, range(*part), out))


def _draw_shard(part: Part) -> int:
    renderer, out = _prepared
    with replaced_file(out / part.shard_name) as file:
        write_shard(renderer, part, file)
    return part.stop - part.start
