"""The files of a folder or a zip, each with a function that reads it."""

import io
import os
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from captcha_model.images.size_limits import MAX_IMAGE_BYTES

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp")

Reader = Callable[[], bytes]


def list_folder(folder: Path) -> dict[str, Reader]:
    """Map the relative paths of the regular files below a folder to functions that read them.

    Args:
        folder: where to begin; hidden folders are left out.
    """
    found: dict[str, Reader] = {}
    for where, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(where, name)
            # A symbolic link may point anywhere, and reading a pipe would block.
            if not path.is_symlink() and path.is_file():
                found[path.relative_to(folder).as_posix()] = path.read_bytes
    return found


def list_zip(path: Path) -> dict[str, Reader]:
    """Map the names of the files in a zip to functions that read them; nothing is unpacked to disk.

    If all files are in one top-level folder, as in most archives, its name is removed.

    Args:
        path: the archive.
    """
    # In memory, so that no file stays open after the call.
    archive = zipfile.ZipFile(io.BytesIO(path.read_bytes()))
    names = [
        info.filename
        for info in archive.infolist()
        if not info.is_dir() and not info.filename.startswith("__MACOSX/")
    ]
    top_level = {name.split("/", 1)[0] for name in names if "/" in name}
    prefix = ""
    if len(top_level) == 1 and all("/" in name for name in names):
        prefix = f"{top_level.pop()}/"

    def reader(name: str) -> Reader:
        def read() -> bytes:
            try:
                with archive.open(name) as file:
                    return file.read(MAX_IMAGE_BYTES + 1)
            except (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError) as error:
                raise OSError(f"it cannot be unpacked: {error}") from error

        return read

    return {name.removeprefix(prefix): reader(name) for name in sorted(names)}


def is_image(name: str) -> bool:
    """Return whether a file is an image by its name."""
    path = PurePosixPath(name)
    return path.suffix.lower() in IMAGE_SUFFIXES and not path.name.startswith(".")
