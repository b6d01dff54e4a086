"""One folder for all temporary files, kept below a limit and deleted with the server."""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..api.errors import UPLOAD, error_response

# Gradio deletes uploads that it tracks earlier; see `demo.ui.gradio_mount`.
MAX_AGE_SECONDS = 1800.0
SWEEP_INTERVAL_SECONDS = 60.0
MAX_BYTES = 2 * 2**30
MAX_FILES = 50_000
_RETRY_SECONDS = 60


class TempFiles:
    """A folder of temporary files with limits.

    Args:
        folder: the folder.
        max_bytes: total size in bytes above which uploads are rejected.
        max_files: number of files above which uploads are rejected.
        max_age: age in seconds at which `sweep` deletes a file.

    Attributes:
        bytes: total size at the last sweep plus the bytes uploaded since.
        files: number of files at the last sweep.
    """

    def __init__(
        self,
        folder: Path,
        max_bytes: int = MAX_BYTES,
        max_files: int = MAX_FILES,
        max_age: float = MAX_AGE_SECONDS,
    ) -> None:
        self.folder = folder
        self.bytes = 0
        self.files = 0
        self._max_bytes, self._max_files = max_bytes, max_files
        self._max_age = max_age
        self._kept: frozenset[Path] = frozenset()

    @property
    def is_full(self) -> bool:
        """Whether a limit is exceeded."""
        return self.bytes > self._max_bytes or self.files > self._max_files

    def keep_existing(self) -> None:
        """Exempt the files that exist now, the page's examples, from `sweep`."""
        self._kept = frozenset(path for path in self.folder.rglob("*") if path.is_file())

    def sweep(self) -> None:
        """Delete old files and empty folders, and count what remains."""
        oldest = time.time() - self._max_age
        size = files = 0
        # In reverse order a folder comes after its contents.
        for path in sorted(self.folder.rglob("*"), reverse=True):
            try:
                status = path.lstat()
                if path.is_dir() and not path.is_symlink():
                    if status.st_mtime < oldest:
                        path.rmdir()
                elif status.st_mtime < oldest and path not in self._kept:
                    path.unlink()
                else:
                    size += status.st_size
                    files += 1
            except OSError:
                # Another thread deleted it, or the folder is not empty.
                continue
        self.bytes, self.files = size, files


@contextmanager
def temp_folder() -> Iterator[TempFiles]:
    """Create the folder for all temporary files of this process and Gradio; delete it at the end.

    A process that is killed leaves its folder behind.
    """
    # Resolved, because Gradio compares paths and /tmp is a link on some systems.
    folder = Path(tempfile.mkdtemp(prefix="captcha-page-")).resolve()
    before = tempfile.tempdir, os.environ.get("GRADIO_TEMP_DIR")
    tempfile.tempdir = str(folder)
    os.environ["GRADIO_TEMP_DIR"] = str(folder / "gradio")
    try:
        yield TempFiles(folder)
    finally:
        tempfile.tempdir = before[0]
        if before[1] is None:
            del os.environ["GRADIO_TEMP_DIR"]
        else:
            os.environ["GRADIO_TEMP_DIR"] = before[1]
        shutil.rmtree(folder, ignore_errors=True)


class TempFilesLimit:
    """ASGI middleware that rejects uploads with status 503 while the folder is full.

    Args:
        app: the next application.
        temp_files: the folder of uploads.
    """

    def __init__(self, app: ASGIApp, temp_files: TempFiles) -> None:
        self.app = app
        self.temp_files = temp_files

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or reject it with 503."""
        if scope["type"] != "http" or scope["path"] != UPLOAD:
            await self.app(scope, receive, send)
            return
        if self.temp_files.is_full:
            message = "The server has no space for uploads now. Try again in a few minutes."
            response = error_response(
                scope, 503, "SERVER_BUSY", message, retry_after=_RETRY_SECONDS
            )
            await response(scope, receive, send)
            return

        async def counted_receive() -> Message:
            message = await receive()
            # An estimate until the next sweep.
            self.temp_files.bytes += len(message.get("body", b""))
            return message

        await self.app(scope, counted_receive, send)
