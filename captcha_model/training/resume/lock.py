"""Only one process at a time uses a folder, such as that of a training run."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from captcha_model.errors import DependencyError, TrainingError

LOCK_FILE = ".lock"

# What flock raises on a file system that does not support it, such as some network mounts.
_UNSUPPORTED = {errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP}


@contextmanager
def sole_use(
    folder: Path, name: str = LOCK_FILE, user: str = "run", purpose: str = "Training"
) -> Iterator[None]:
    """Lock a run folder, and create it if it is missing.

    The operating system holds the lock (see `filelock`), so it is released when the process ends,
    even if the process is killed. A second lock of the same folder fails at once, whether it comes
    from another process, another thread or the same one. On a file system without locks the
    training runs unlocked. A folder that was created here and is still empty at the end is removed.

    Args:
        folder: the run folder.
        name: of the file that is locked in it.
        user: what uses the folder, for the message.
        purpose: what needs `filelock`, for the message.

    Raises:
        TrainingError: another run uses the folder (code RUN_LOCKED).
        DependencyError: `filelock` is not installed.
    """
    try:
        from filelock import FileLock, Timeout
    except ImportError as error:
        raise DependencyError.missing("filelock", "train", purpose) from error

    created = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / name)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise TrainingError(
            f"Another {user} is using {folder}. Wait until it ends, or choose another folder.",
            code="RUN_LOCKED",
        ) from error
    except OSError as error:
        if error.errno not in _UNSUPPORTED:
            raise
    try:
        yield
    finally:
        # Deleted while it is locked. A run that opened the old file in the meantime notices that
        # the file has no name any more, and does not take the lock (filelock >= 3.24).
        with suppress(OSError):  # Windows does not delete an open file.
            (folder / name).unlink()
        lock.release()
        if created:
            with suppress(OSError):  # Not empty: the usual case.
                folder.rmdir()
