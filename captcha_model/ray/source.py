"""Finding many images: folders, patterns and Parquet files, on any file system that Ray reaches."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

from ray.data import Datasource, ReadTask
from ray.data.block import BlockMetadata

from captcha_model.data.datasets.parquet import SUFFIX
from captcha_model.data.files import is_image, list_images
from captcha_model.data.tables.parquet import parquet_failures
from captcha_model.errors import ImageError
from captcha_model.inference.reading_columns import PATH
from captcha_model.ray.places import Place, is_remote, place_of

BLOCK = 2000  # Images of a block at most: what one actor reads, and what a file of the output has.
_LEAST, _MOST = 1000, 10_000  # Rows that a task reads: starting one costs as much as 1,000 images.
_TASKS = 4  # For every reader, so that none waits for the last one.
_PATTERN = "*?["


@dataclass(frozen=True)
class Part:
    """Images that one task lists or reads.

    Attributes:
        images: paths or URIs of image files; None for a part of a Parquet file.
        file: the Parquet file.
        groups: the numbers of its row groups.
        first: the number of their first row in the file.
        rows: how many images there are.
    """

    rows: int
    images: Sequence[str] | None = None
    file: str = ""
    groups: tuple[int, ...] = ()
    first: int = 0


class ImageSource(Datasource):
    """The images of some sources as a Ray data set, which a resumed run can go on with.

    Args:
        sources: folders, files and patterns.
        columns: of Parquet files that are read; None reads all.
        id_column: what the name of an image is called: a column of the Parquet files, or made here.
        readers: how many actors read at once.

    Attributes:
        rows: the number of images.

    Raises:
        ImageError: a source does not exist or has no images.
        DataError: a Parquet file is damaged.
        ConfigError: there is no such file system.
    """

    def __init__(
        self,
        sources: Iterable[str],
        columns: Sequence[str] | None,
        id_column: str,
        readers: int = 1,
    ) -> None:
        super().__init__()
        self._columns, self._id = columns, id_column
        found = [file for source in sources for file in find_files(source)]
        images = [file for file in found if not file.lower().endswith(SUFFIX)]
        self._parts = [
            Part(len(some), images=some)
            for some in (images[i : i + BLOCK] for i in range(0, len(images), BLOCK))
        ]
        groups = {file: _sizes(file) for file in found if file.lower().endswith(SUFFIX)}
        rows = sum(map(sum, groups.values()))
        enough = min(max(_LEAST, rows // (_TASKS * readers)), _MOST)
        for file, sizes in groups.items():
            self._parts += _together(file, sizes, enough)
        self.rows = sum(part.rows for part in self._parts)

    def estimate_inmemory_data_size(self) -> int | None:
        """Return None: it is not known without reading."""
        return None

    def get_read_tasks(self, *_: Any, **__: Any) -> list[Any]:
        """Return a task for every part, whatever parallelism is asked for."""
        return [
            ReadTask(
                partial(_read, part, self._columns, self._id),
                BlockMetadata(
                    num_rows=part.rows, size_bytes=None, exec_stats=None, input_files=None
                ),
            )
            for part in self._parts
        ]


def find_files(source: str) -> list[str]:
    """Return the images of a source, or its Parquet files if it has no images, sorted.

    Raises:
        ImageError: it does not exist or has no images.
    """
    if not is_remote(source):
        path = Path(source)
        if path.is_dir():
            if any(is_image(entry.name) for entry in path.iterdir()):
                return [str(image) for image in list_images(path)]
            found = sorted(str(file) for file in path.rglob(f"*{SUFFIX}"))
        else:
            found = [source] if path.exists() else _local(source)
    else:
        place = place_of(source)
        found = [source.partition("://")[0] + "://" + name for name in _remote(place)]
    images = [name for name in found if is_image(name)]
    parquet = [name for name in found if PurePosixPath(name).suffix.lower() == SUFFIX]
    # A file that the user has named is an image, whatever its name is.
    chosen = images or parquet or (found if found == [source] else [])
    if not chosen:
        raise ImageError(
            f"{source!r} is no image, no Parquet file and no folder of them, or it does not exist.",
            code="IMAGE_NOT_FOUND",
        )
    return chosen


def _local(pattern: str) -> list[str]:
    """Return the files that fit a pattern, sorted."""
    anchor = Path(pattern).anchor
    fitting = Path(anchor).glob(str(Path(pattern).relative_to(anchor))) if pattern else []
    return sorted(str(path) for path in fitting if path.is_file())


def _remote(place: Place) -> list[str]:
    """Return the files of a remote folder or pattern, sorted; the file itself if it is one."""
    from pyarrow import fs

    pattern = next((at for at, c in enumerate(place.path) if c in _PATTERN), None)
    folder = place.path if pattern is None else place.path[:pattern].rpartition("/")[0]
    if pattern is None and place.system.get_file_info(folder).type == fs.FileType.File:
        return [folder]
    recursive = pattern is not None and "/" in place.path[pattern:]
    selector = fs.FileSelector(folder.rstrip("/"), allow_not_found=True, recursive=recursive)
    files = [i.path for i in place.system.get_file_info(selector) if i.type == fs.FileType.File]
    return sorted(f for f in files if pattern is None or fnmatchcase(f, place.path))


def _sizes(file: str) -> list[int]:
    """Return the rows of every row group of a Parquet file.

    Raises:
        DataError: it is not a Parquet file, or it cannot be read.
    """
    with parquet_failures(file), _open(file) as opened:
        return [opened.metadata.row_group(i).num_rows for i in range(opened.num_row_groups)]


def _together(file: str, sizes: Sequence[int], enough: int) -> list[Part]:
    """Return the row groups of a Parquet file as parts of enough rows, the last with the rest."""
    parts, first, held, rows = [], 0, list[int](), 0
    for group, size in enumerate(sizes):
        held.append(group)
        rows += size
        if rows >= enough or group == len(sizes) - 1:
            parts.append(Part(rows, file=file, groups=tuple(held), first=first))
            first, held, rows = first + rows, [], 0
    return parts


def _open(file: str) -> Any:
    from pyarrow import parquet

    system, path = place_of(file)
    return parquet.ParquetFile(path, filesystem=system, page_checksum_verification=True)


def _read(part: Part, columns: Sequence[str] | None, id_column: str) -> Iterator[Any]:
    """Yield the tables of a part."""
    import pyarrow as pa

    if part.images is not None:
        yield pa.table({id_column: pa.array(part.images, pa.string())})
        return
    first = part.first
    with parquet_failures(part.file), _open(part.file) as file:
        batches = file.iter_batches(BLOCK, row_groups=list(part.groups), columns=columns)
        for batch in batches:
            table = pa.Table.from_batches([batch])
            if id_column == PATH and PATH not in table.schema.names:
                names = [f"{part.file}#{first + row}" for row in range(len(table))]
                table = table.append_column(PATH, pa.array(names))
            first += len(table)
            yield table
