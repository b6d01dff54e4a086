"""A file of readings that grows record by record, and goes on after a crash.

Rows are appended to `NAME.part`, and `NAME.job` says what is being read. When all rows are written,
the part becomes NAME at once, so a file of that name is always complete. A killed process leaves
complete records and perhaps one that is cut off, which is removed before the run goes on. The job
stays beside the complete file, which says itself of which images it is, but not how they were read.
"""

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from captcha_model._utils.atomic_files import replaced_file, sync_folder, write_atomically
from captcha_model._utils.utf8 import utf8
from captcha_model.bulk.errors import OutputError
from captcha_model.bulk.formats import Format

try:
    import fcntl
except ImportError:  # Windows, which opens no second handle for writing to lock by.
    fcntl = None  # type: ignore[assignment]


class Journal:
    """The output of one run, open for appending.

    Args:
        out: the output.
        form: its format.
        job: what says that two runs read the same in the same way.
        resume: go on with an interrupted run, if there is one.

    Attributes:
        is_complete: whether an earlier run has written all rows; then nothing is open.
        is_checked: whether it is known that an earlier run read in the same way; False if somebody
            deleted the job of a complete output.

    Raises:
        OutputError: the output exists, another process is writing it, or the earlier run did
            something else.
    """

    def __init__(self, out: Path, form: Format, job: Mapping[str, str], *, resume: bool) -> None:
        self._out, self._form = out, form
        self._part = out.with_name(f"{out.name}.part")
        self._job = out.with_name(f"{out.name}.job")
        self._file: IO[bytes] | None = None
        self.is_complete = resume and out.exists()
        self.is_checked = True
        if self.is_complete:
            self.is_checked = self._job.exists()
            if self.is_checked:
                self._check_job(job)
            # It remains where a run ended between the last two steps of `finish`.
            self._part.unlink(missing_ok=True)
            return
        self._check_free(resume=resume)
        out.parent.mkdir(parents=True, exist_ok=True)
        goes_on = self._part.exists()
        self._file = self._part.open("r+b" if goes_on else "x+b", buffering=0)
        try:
            self._lock()
            if goes_on and self._job.exists():
                self._check_job(job)
            else:
                write_atomically(self._job, json.dumps(dict(job), indent=2).encode())
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def recover(self, names: Iterable[str]) -> tuple[int, int]:
        """Keep the complete records and remove the rest.

        Args:
            names: of the images, in the order in which they are read.

        Returns:
            How many images are among the records, which are the first ones, and how many of them
            could not be read.

        Raises:
            OutputError: the records are of other images.
        """
        assert self._file
        expected = iter(names)
        count = failed = end = 0
        with self._part.open("rb") as file:
            for record in self._form.written(file):
                for found in record.names:
                    name = next(expected, None)
                    if name is None or utf8(name) != utf8(found):
                        raise self._mismatch(
                            f"image {count + 1} of the interrupted run is {found!r:.200}, but now "
                            f"it is {name!r:.200}"
                        )
                    count += 1
                failed += record.failed
                end = record.end
        self._file.truncate(end)
        self._file.seek(end)
        if not end:
            self.append(self._form.begin())
        return count, failed

    def check_complete(self, names: Iterable[str]) -> tuple[int, int]:
        """Check that an output that is complete is of the same images.

        Args:
            names: of the images, in the order in which they are read.

        Returns:
            How many images there are, and how many of them could not be read.

        Raises:
            OutputError: it is of others, or no such output.
        """
        found: list[bytes] = []
        failed = 0
        try:
            with self._out.open("rb") as file:
                for record in self._form.complete(file):
                    found += map(utf8, record.names)
                    failed += record.failed
        except (OSError, ValueError, LookupError) as error:
            raise self._not_these("is no output of this command") from error
        if found != [utf8(name) for name in names]:
            raise self._not_these(f"is complete, with {len(found)} rows, and of other images")
        return len(found), failed

    def append(self, records: bytes) -> None:
        """Write records.

        Raises:
            OutputError: the disk is full, for example.
        """
        assert self._file
        view = memoryview(records)
        try:
            while view:
                view = view[self._file.write(view) :]
        except OSError as error:
            raise self._not_written(self._part, error) from error

    def finish(self) -> None:
        """Give the complete output its name.

        Raises:
            OutputError: the disk is full, for example.
        """
        assert self._file
        try:
            os.fsync(self._file.fileno())
            if self._form.converts:
                with self._part.open("rb") as file, replaced_file(self._out) as final:
                    self._form.convert(file, final)
        except OSError as error:
            raise self._not_written(self._out, error) from error
        self._file.close()
        self._file = None
        if self._form.converts:
            self._part.unlink()
        else:
            self._part.replace(self._out)
            sync_folder(self._out.parent)

    def _check_free(self, *, resume: bool) -> None:
        if self._out.exists():
            raise OutputError(
                f"{self._out} exists. Choose another name, or delete it first.", code="OUT_EXISTS"
            )
        if self._part.exists() and not resume:
            raise OutputError(
                f"{self._part} is what an interrupted run has written. Go on with --resume, or "
                "delete it to begin anew.",
                code="OUT_EXISTS",
            )

    def _lock(self) -> None:
        if fcntl is None:
            return
        assert self._file
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise OutputError(
                f"Another process is writing {self._part}.", code="OUT_LOCKED"
            ) from error

    def _check_job(self, job: Mapping[str, str]) -> None:
        known = json.loads(self._job.read_bytes())
        for name in dict.fromkeys([*job, *known]):
            if known.get(name) != job.get(name):
                differs = (
                    f"its {name} was {known.get(name)!r:.200}, but now it is {job.get(name)!r:.200}"
                )
                if self.is_complete:
                    raise self._not_these(f"is complete, but {differs}")
                raise self._mismatch(differs)

    def _not_these(self, what: str) -> OutputError:
        return OutputError(
            f"{self._out} {what}. Choose another name, or delete it to read all images anew.",
            code="RESUME_MISMATCH",
        )

    def _mismatch(self, what: str) -> OutputError:
        return OutputError(
            f"{self._part} cannot be continued: {what}. Repeat the command as it was, or delete "
            "that file to begin anew.",
            code="RESUME_MISMATCH",
        )

    def _not_written(self, path: Path, error: OSError) -> OutputError:
        return OutputError(
            f"{path} cannot be written: {error.strerror or error}. The rows up to here are kept: "
            "free some space and go on with --resume.",
            code="OUT_NOT_WRITTEN",
        )
