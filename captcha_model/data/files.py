"""The files of a folder, each with a function that reads it, and which of them are images.

Training and reading use the same list of suffixes and the same rules for links, so that both see
the same images. What is left out is named in a `DataWarning`.
"""

import os
import stat
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import IO

from captcha_model._utils.atomic_files import leads_out
from captcha_model.data import skipped
from captcha_model.data.skipped import Kind, Skipped
from captcha_model.errors import DataError
from captcha_model.images.size_limits import MAX_IMAGE_BYTES

IMAGE_SUFFIXES = (
    ".png",
    ".apng",
    ".jpg",
    ".jpeg",
    ".jpe",
    ".jfif",
    ".gif",
    ".webp",
    ".bmp",
    ".dib",
)
MAX_TABLE_BYTES = 2**30

# A folder below the source that holds one of these is a saved model or the folder of a run; its
# plots are no labelled images.
OUTPUT_MARKERS = frozenset({"captcha_config.json", "run.yaml"})
# What macOS puts into archives; its files are named like images.
_MACOS_FOLDER = "__MACOSX"

Reader = Callable[[], bytes]


def list_folder(folder: Path) -> dict[str, Reader]:
    """Map the relative paths of the files below a folder to functions that read them.

    Links to files are followed inside the folder, and from a snapshot of the Hub's cache to its
    blobs. Links that lead out, links to folders (whose files are listed in their own place), pipes,
    hidden files and folders, and folders that this program wrote are left out with a warning.

    Args:
        folder: where to begin.
    """
    left_out, found = Skipped(), dict[str, Reader]()
    for path in _walk(folder, left_out):
        name = path.relative_to(folder).as_posix()
        kind = kind_skipped(folder, path)
        if kind is None:
            # A zip from Windows that was unpacked elsewhere gives such names.
            found[name.replace("\\", "/")] = _reader(path)
        elif kind is not skipped.HIDDEN or has_image_suffix(name):
            left_out.add(kind, name)
    left_out.warn(str(folder))
    return found


def list_images(folder: Path) -> list[Path]:
    """Return the images directly in a folder, by the rules of `list_folder`, sorted.

    Args:
        folder: not searched for folders in it, which are left out with a warning.
    """
    left_out, found = Skipped(), []
    for path in sorted(folder.iterdir()):
        kind = kind_skipped(folder, path)
        if kind is None and not is_image(path.name):
            kind = skipped.OTHER_FILE
        if kind is None:
            found.append(path)
        elif kind is not skipped.HIDDEN or has_image_suffix(path.name):
            left_out.add(kind, path.name)
    left_out.warn(str(folder))
    return found


def kind_skipped(folder: Path, path: Path) -> Kind | None:
    """Return why a file of a folder is left out, or None if it may be read.

    Args:
        folder: the source.
        path: something in it, at any depth.
    """
    if path.name.startswith("."):
        return skipped.HIDDEN
    try:
        if leads_out(folder, path):
            return skipped.LINK_OUT
        mode = path.stat().st_mode
    except (OSError, RuntimeError):  # Also a loop of links.
        # A file without permission, or one that is gone, is reported when it is read.
        return skipped.BROKEN_LINK if path.is_symlink() else None
    if stat.S_ISREG(mode):
        return None
    if stat.S_ISDIR(mode):
        return skipped.FOLDER_LINK if path.is_symlink() else skipped.FOLDER
    return skipped.SPECIAL


def is_image(name: str) -> bool:
    """Return whether a file is an image by its name."""
    return has_image_suffix(name) and not PurePosixPath(name).name.startswith(".")


def has_image_suffix(name: str) -> bool:
    """Return whether a name ends like that of an image, of a hidden file too."""
    return PurePosixPath(name).suffix.lower() in IMAGE_SUFFIXES


def select_images(
    files: Mapping[str, Reader], source: str, ignored: Collection[str] = ()
) -> dict[str, Reader]:
    """Return the files that are images by their suffix, and warn of the others.

    Args:
        files: those of a folder or a zip.
        source: its name, for the warning.
        ignored: names of files that have another use, such as tables.
    """
    left_out = Skipped()
    for name in files:
        if not is_image(name) and name not in ignored:
            left_out.add(skipped.OTHER_FILE, name)
    left_out.warn(source)
    return {name: read for name, read in files.items() if is_image(name)}


def is_hidden_part(part: str) -> bool:
    """Return whether a part of a path hides what is below it."""
    return part == _MACOS_FOLDER or (part.startswith(".") and part not in (".", ".."))


def read_bounded(file: IO[bytes], name: str, size: int) -> bytes:
    """Read a file of a source, without more memory than a file of its kind may take.

    Args:
        file: open, at its beginning.
        name: by its suffix an image is cut one byte above the limit of the decoder, which rejects
            it.
        size: in bytes, as the folder or the zip states it.

    Raises:
        DataError: it is not an image, and larger than any table.
    """
    limit = MAX_IMAGE_BYTES if is_image(name) else MAX_TABLE_BYTES
    data = file.read(min(size, limit) + 1)
    if len(data) > MAX_TABLE_BYTES:
        raise DataError(f"{name} has more than {MAX_TABLE_BYTES} bytes.", code="TABLE_INVALID")
    return data


def _walk(folder: Path, left_out: Skipped) -> Iterator[Path]:
    """Yield everything below a folder that is not a folder, and the links to folders."""

    def unreadable(error: OSError) -> None:
        left_out.add(skipped.UNREADABLE_FOLDER, Path(error.filename).relative_to(folder).as_posix())

    for where, folders, names in os.walk(folder, onerror=unreadable):
        here = Path(where)
        if here != folder and not OUTPUT_MARKERS.isdisjoint(names):
            left_out.add(skipped.OUTPUTS, here.relative_to(folder).as_posix())
            folders.clear()
            continue
        for name in folders:
            if is_hidden_part(name):
                left_out.add(skipped.HIDDEN_FOLDER, (here / name).relative_to(folder).as_posix())
        folders[:] = sorted(name for name in folders if not is_hidden_part(name))
        yield from (here / name for name in folders if (here / name).is_symlink())
        yield from (here / name for name in sorted(names))


def _reader(path: Path) -> Reader:
    def read() -> bytes:
        with open(path, "rb", opener=_open_at_once) as file:
            state = os.fstat(file.fileno())
            if not stat.S_ISREG(state.st_mode):
                raise OSError("it is no longer a file")
            return read_bounded(file, path.name, state.st_size)

    return read


def _open_at_once(path: str, flags: int) -> int:
    """Open what may have become a pipe, without waiting for a process that writes into it."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
