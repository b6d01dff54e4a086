"""Drawing synthetic data sets with Ray, a Parquet file at a time."""

from collections.abc import Mapping
from typing import Any

from captcha_model._utils.atomic_files import replaced_file
from captcha_model.data.synthetic.drawing import Drawing
from captcha_model.data.synthetic.shards import SHARD, Part, parts, write_shard
from captcha_model.errors import DataError
from captcha_model.ray.cluster import actor_options, load_ray
from captcha_model.ray.places import is_remote, place_of


class ShardWriter:
    """Draws and writes Parquet files, in an actor of Ray.

    Args:
        drawing: what is drawn.
        out: the folder, or its URI.
    """

    def __init__(self, drawing: Drawing, out: str) -> None:
        self._renderer = drawing.renderer()
        self._out = out

    def __call__(self, row: Mapping[str, int]) -> dict[str, int]:
        """Write the file of some images; doing it again gives the same file.

        Args:
            row: the "start" and the "stop" of the indices of its images.
        """
        part = Part(row["start"], row["stop"])
        system, path = place_of(f"{self._out.rstrip('/')}/{part.shard_name}")
        if is_remote(self._out):
            # An object appears when it is complete.
            with system.open_output_stream(path) as file:
                write_shard(self._renderer, part, file)
        else:
            from pathlib import Path

            with replaced_file(Path(path)) as local:
                write_shard(self._renderer, part, local)
        return {"images": part.stop - part.start}


def synthesize(drawing: Drawing, count: int, out: str, *, actors: int | None = None) -> int:
    """Draw images into Parquet files: the same files as on one machine, whatever draws them.

    Args:
        drawing: what is drawn.
        count: the number of images.
        out: a new folder, or the URI of one, that all nodes reach.
        actors: at most this many draw; one for every core of the cluster if left out.

    Returns:
        The number of images.

    Raises:
        DataError: the folder is not empty.
        DependencyError: Ray is not installed.

    Example:
        >>> synthesize(Drawing(seed=1), 1_000_000, "s3://bucket/synthetic")
    """
    from pyarrow import fs

    ray = load_ray()
    place = place_of(out)
    found: Any = place.system.get_file_info(fs.FileSelector(place.path, allow_not_found=True))
    if found:
        raise DataError(f"{out} exists and is not empty. Choose a new folder.")
    place.system.create_dir(place.path, recursive=True)
    tasks = [part._asdict() for part in parts(count, SHARD)]
    written = ray.data.from_items(tasks, override_num_blocks=len(tasks)).map(
        ShardWriter, fn_constructor_args=(drawing, out), **actor_options(actors)
    )
    return sum(row["images"] for row in written.iter_rows())
