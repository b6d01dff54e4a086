"""Writing files and folders so that a crash leaves the old or the new version, complete."""

import ctypes
import errno
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2
_UNFINISHED = ".part"  # The suffix of unfinished files and folders.


def write_atomically(path: Path, data: bytes) -> None:
    """Replace the contents of a file completely or not at all."""
    with replaced_file(path) as file:
        file.write(data)


@contextmanager
def replaced_file(path: Path) -> Iterator[BinaryIO]:
    """Open a temporary file for writing, and replace `path` by it if the block succeeds.

    It is in the same folder: fsync, rename, fsync.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(_UNFINISHED, f".{path.name}.", path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        _set_default_permissions(temporary, 0o666)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def is_free(folder: Path, mark: str | None = None, *, besides: str = "") -> bool:
    """Return whether a folder may be written: it does not exist, is empty, or is one of ours.

    Args:
        folder: the destination.
        mark: the name of a file that identifies our folders; if left out, none is ours.
        besides: the name of a file that an otherwise empty folder may hold.
    """
    if not folder.exists():
        return True
    if not folder.is_dir():
        return False
    if mark is not None and (folder / mark).exists():
        return True
    return all(path.name == besides for path in folder.iterdir())


@contextmanager
def replaced_folder(target: Path) -> Iterator[Path]:
    """Create an empty folder beside `target`, and replace `target` by it if the block succeeds.

    An exception in the block leaves `target` unchanged. On Linux the swap is one atomic exchange of
    two names. Elsewhere it is two renames; a crash between them leaves the old folder under another
    name, from which `recover_folder` restores it.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    recover_folder(target)
    fresh = Path(tempfile.mkdtemp(_UNFINISHED, f".{target.name}.", target.parent))
    try:
        yield fresh
        _set_default_permissions(fresh, 0o777)
        for path in fresh.rglob("*"):
            if path.is_dir():
                sync_folder(path)
                continue
            with path.open("rb") as file:
                os.fsync(file.fileno())
        sync_folder(fresh)
        if not target.exists():
            fresh.rename(target)
        elif not _exchange(fresh, target):
            target.rename(_aside(target))
            fresh.rename(target)
            fresh = _aside(target)
        sync_folder(target.parent)
    finally:
        # After a swap this is the old folder, after an error the incomplete new one.
        shutil.rmtree(fresh, ignore_errors=True)


def recover_folder(target: Path) -> None:
    """Restore a folder after a crash between the two renames of a swap."""
    aside = _aside(target)
    if aside.exists() and not target.exists():
        aside.rename(target)


def sweep(folder: Path) -> None:
    """Delete the unfinished files that a killed process has left in a folder.

    No other process may be writing there.
    """
    for path in folder.glob(f".*{_UNFINISHED}"):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def leads_out(folder: Path, path: Path) -> bool:
    """Return whether a path in a folder is a link to a file outside of the folder.

    The Hub's client stores a repository as links from `snapshots/COMMIT/` to `blobs/` beside it;
    these count as inside, also where the folder is one in such a snapshot.
    """
    if not path.is_symlink():
        return False
    root = folder.resolve()
    if path.resolve().is_relative_to(root):
        return False
    # One step only: the client may store its blobs as links, too.
    target = Path(os.path.normpath(path.parent.resolve() / path.readlink()))
    snapshots = (place for place in root.parents if place.name == "snapshots")
    return all(target.parent != place.parent / "blobs" for place in snapshots)


def sync_folder(folder: Path) -> None:
    """Make the entries of a folder durable, on platforms that can (Windows cannot)."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _aside(target: Path) -> Path:
    return target.with_name(f".{target.name}.replaced")


def _exchange(a: Path, b: Path) -> bool:
    """Swap two folders atomically; False if the platform or the file system cannot."""
    if not sys.platform.startswith("linux"):
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "renameat2"):
        return False
    result = libc.renameat2(
        _AT_FDCWD, os.fsencode(a), _AT_FDCWD, os.fsencode(b), ctypes.c_uint(_RENAME_EXCHANGE)
    )
    if result == 0:
        return True
    code = ctypes.get_errno()
    if code in (errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP):
        return False
    raise OSError(code, os.strerror(code), str(b))


def _set_default_permissions(path: Path, mode: int) -> None:
    """Give a temporary file or folder, which is private at first, the default permissions."""
    mask = os.umask(0)
    os.umask(mask)
    path.chmod(mode & ~mask)
