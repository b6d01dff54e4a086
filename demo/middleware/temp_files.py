"""One folder for everything temporary, which is kept small and goes away with the server."""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from demo.api.errors import UPLOAD, error_response

# Uploads that Gradio knows of it deletes itself, sooner; see `demo.ui.gradio_mount`.
SECONDS_TO_KEEP = 1800.0
SECONDS_BETWEEN_SWEEPS = 60.0
MOST_BYTES = 2 * 2**30
MOST_FILES = 50_000
_RETRY_SECONDS = 60


class Scratch:
    """A folder of temporary files.

    Args:
        folder: where it is.
        most_bytes: how many bytes may lie in it before uploads are refused.
        most_files: and how many files.
        seconds: files older than this go, except those that were there when `keep` was called.
    """

    def __init__(
        self,
        folder: Path,
        most_bytes: int = MOST_BYTES,
        most_files: int = MOST_FILES,
        seconds: float = SECONDS_TO_KEEP,
    ) -> None:
        self.folder = folder
        self.bytes = 0
        self.files = 0
        self._most_bytes, self._most_files = most_bytes, most_files
        self._seconds = seconds
        self._kept: frozenset[Path] = frozenset()

    @property
    def is_full(self) -> bool:
        """Whether there was no room at the last sweep, counting the bytes that have come since."""
        return self.bytes > self._most_bytes or self.files > self._most_files

    def keep(self) -> None:
        """Let what lies there now stay: the page's examples."""
        self._kept = frozenset(path for path in self.folder.rglob("*") if path.is_file())

    def sweep(self) -> None:
        """Delete old files and empty folders, and count what is left."""
        oldest = time.time() - self._seconds
        size = files = 0
        # Folders come after what is in them.
        for path in sorted(self.folder.rglob("*"), reverse=True):
            try:
                facts = path.lstat()
                if path.is_dir() and not path.is_symlink():
                    if facts.st_mtime < oldest:
                        path.rmdir()
                elif facts.st_mtime < oldest and path not in self._kept:
                    path.unlink()
                else:
                    size += facts.st_size
                    files += 1
            except OSError:
                # Somebody else deleted it, or a folder still holds something.
                continue
        self.bytes, self.files = size, files


@contextmanager
def scratch_folder() -> Iterator[Scratch]:
    """Give a new folder in which this process and Gradio put all temporary files, then delete it.

    A process that is killed leaves its folder behind, as every temporary file would be left.
    """
    # Resolved, because Gradio compares paths, and on some systems /tmp is a link.
    folder = Path(tempfile.mkdtemp(prefix="captcha-page-")).resolve()
    before = tempfile.tempdir, os.environ.get("GRADIO_TEMP_DIR")
    tempfile.tempdir = str(folder)
    os.environ["GRADIO_TEMP_DIR"] = str(folder / "gradio")
    try:
        yield Scratch(folder)
    finally:
        tempfile.tempdir = before[0]
        if before[1] is None:
            del os.environ["GRADIO_TEMP_DIR"]
        else:
            os.environ["GRADIO_TEMP_DIR"] = before[1]
        shutil.rmtree(folder, ignore_errors=True)


class ScratchLimit:
    """ASGI middleware that refuses uploads while there is no room for them, with status 503.

    Args:
        app: the application behind it.
        scratch: where uploads lie.
    """

    def __init__(self, app: ASGIApp, scratch: Scratch) -> None:
        self.app = app
        self.scratch = scratch

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http" or scope["path"] != UPLOAD:
            await self.app(scope, receive, send)
            return
        if self.scratch.is_full:
            message = "The server has no room for uploads now. Try again in some minutes."
            answer = error_response(scope, 503, "SERVER_BUSY", message, retry_after=_RETRY_SECONDS)
            await answer(scope, receive, send)
            return

        async def counted() -> Message:
            part = await receive()
            # Until the next sweep knows better.
            self.scratch.bytes += len(part.get("body", b""))
            return part

        await self.app(scope, counted, send)
