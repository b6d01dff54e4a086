"""Files on any file system that Ray's workers reach: local ones, `s3://`, `gs://` and others."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from captcha_model.errors import ConfigError, ImageError
from captcha_model.images.decode import ImageSource
from captcha_model.images.size_limits import MAX_IMAGE_BYTES

_AT_ONCE = 16  # Files of a remote file system that are fetched side by side.


class Place(NamedTuple):
    """A path on a file system.

    Attributes:
        system: a `pyarrow.fs.FileSystem`.
        path: on it, without a scheme.
    """

    system: Any
    path: str


def is_remote(name: str) -> bool:
    """Return whether a name is a URI and not a local path."""
    return "://" in name


def place_of(name: str) -> Place:
    """Return where a path or a URI leads.

    Raises:
        ConfigError: there is no such file system.
    """
    from pyarrow import fs

    if not is_remote(name):
        return Place(fs.LocalFileSystem(), str(Path(name).absolute()))
    scheme, _, rest = name.partition("://")
    root, _, path = rest.partition("/")
    system, base = _root(f"{scheme}://{root}")
    # What follows is a path, and may hold what means something else in a URI.
    return Place(system, f"{base.rstrip('/')}/{path}")


@cache
def _root(uri: str) -> tuple[Any, str]:
    import pyarrow
    from pyarrow import fs

    try:
        system, base = fs.FileSystem.from_uri(f"{uri}/")
    except (pyarrow.ArrowException, ValueError, OSError) as error:
        reason = " ".join(str(error).split())
        raise ConfigError(f"{uri} is no file system that pyarrow knows: {reason:.200}") from error
    return system, base


def open_images(names: Iterable[str]) -> Iterator[ImageSource | ImageError]:
    """Yield what a model reads of each file, or the error of a file that cannot be read.

    Args:
        names: local paths, which the model opens itself, or URIs.
    """
    names = list(names)
    if not any(map(is_remote, names)):
        yield from map(Path, names)
        return
    with ThreadPoolExecutor(_AT_ONCE, "fetch") as threads:
        yield from threads.map(_fetch, names)


def _fetch(name: str) -> ImageSource | ImageError:
    if not is_remote(name):
        return Path(name)
    try:
        system, path = place_of(name)
        with system.open_input_stream(path) as file:
            data: bytes = file.read(MAX_IMAGE_BYTES + 1)
    except (OSError, ConfigError) as error:
        reason = " ".join(str(error).split())
        return ImageError(f"{name!r} cannot be read: {reason:.200}", code="IMAGE_NOT_FOUND")
    return data
