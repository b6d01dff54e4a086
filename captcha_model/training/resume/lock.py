"""One run at a time in a folder."""

import errno
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from captcha_model.errors import TrainingError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

LOCK_FILE = ".lock"

# What "somebody else has it" is called by the systems.
_TAKEN = {errno.EACCES, errno.EAGAIN, errno.EDEADLK}
_held: dict[Path, int] = {}


@contextmanager
def sole_use(folder: Path) -> Iterator[None]:
    """Keep other runs out of a folder, which is made if it is missing.

    The operating system holds the lock, so that it ends with this process, however that ends. The
    thread that has it may enter again. A folder that was made here and is still empty at the end is
    taken away.

    Args:
        folder: of a run.

    Raises:
        TrainingError: another run has it.
    """
    key = folder.absolute()
    if _held.get(key) == threading.get_ident():
        yield
        return
    made = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / LOCK_FILE
    handle = _acquire(path)
    if handle is None:
        raise TrainingError(
            f"Another run is going on in {folder}. Wait for its end, or choose another folder.",
            code="RUN_LOCKED",
        )
    _held[key] = threading.get_ident()
    try:
        yield
    finally:
        del _held[key]
        with suppress(OSError):  # Windows deletes no file that is open.
            path.unlink()
        os.close(handle)
        if made:
            with suppress(OSError):
                folder.rmdir()


def _acquire(path: Path) -> int | None:
    """Return the open and locked file; None where somebody else has it."""
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            _lock(handle)
        except OSError as error:
            if error.errno in _TAKEN:
                os.close(handle)
                return None
            # A file system without locks: better to train than to refuse.
            return handle
        # Who had it before may have deleted the file after it was opened here.
        with suppress(OSError):
            if os.path.samestat(os.fstat(handle), path.stat()):
                return handle
        os.close(handle)


def _lock(handle: int) -> None:
    if sys.platform == "win32":
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
