"""LMDB in the layout of deep-text-recognition-benchmark.

The keys are `num-samples`, `image-000000001` and `label-000000001`, counted from 1.
"""

import importlib.util
import subprocess
import sys
import threading
import weakref
from functools import partial
from pathlib import Path

from captcha_model._utils.name_some import name_some
from captcha_model.data.samples import Sample
from captcha_model.errors import DataError, DependencyError
from captcha_model.images.size_limits import MAX_IMAGE_BYTES

FILE = "data.mdb"
MAX_FAILURES = 20  # Then the file is not asked again, for a new process takes a while.
MAX_LABEL_BYTES = 10_000
MAX_SAMPLES = 50_000_000  # MJSynth and SynthText together have 14 million.

_DAMAGED = "the file is damaged or truncated"


def lmdb_samples(folder: Path, prefix: str = "") -> list[Sample]:
    """Return the images of an LMDB folder, in its order.

    Args:
        folder: contains `data.mdb`.
        prefix: what the names of the samples begin with.

    Raises:
        DataError: the file is damaged, or has another layout.
        DependencyError: the package `lmdb` is not installed.
    """
    if importlib.util.find_spec("lmdb") is None:
        raise DependencyError.missing("lmdb", "lmdb", "Reading LMDB")
    store = _Store(folder)
    try:
        labels = store.labels()
    except OSError as error:
        raise DataError(f"{folder / FILE} cannot be read: {error}.", code="SOURCE_DAMAGED") from (
            error
        )
    samples, bad = [], []
    for number, data in enumerate(labels, start=1):
        try:
            label = data.decode("utf-8")
        except UnicodeDecodeError:
            bad.append(f"label-{number:09d}")
            continue
        key = f"image-{number:09d}"
        samples.append(Sample(f"{prefix}{key}", label, partial(store.read, key)))
    if bad:
        raise DataError(
            f"{len(bad)} labels of {folder / FILE} are not UTF-8 text: {name_some(bad)}.",
            code="SOURCE_DAMAGED",
        )
    return samples


class _Store:
    """Asks a process of its own for values; it is started again if the file ended it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._failures = 0

    def labels(self) -> list[bytes]:
        """Return all labels.

        Raises:
            OSError: they cannot be read.
        """
        with self._lock:
            count = self._ask("num-samples", MAX_LABEL_BYTES)
            if not count.isdigit() or not 0 < int(count[:10]) <= MAX_SAMPLES:
                raise OSError(f"num-samples is {count[:20]!r}")
            self._send(f"labels {int(count)}")
            return [
                self._receive(f"label-{number:09d}", MAX_LABEL_BYTES)
                for number in range(1, int(count) + 1)
            ]

    def read(self, key: str) -> bytes:
        """Return one value.

        Raises:
            OSError: it cannot be read.
        """
        with self._lock:
            return self._ask(key, MAX_IMAGE_BYTES)

    def _ask(self, key: str, most: int) -> bytes:
        if self._process is None or self._process.poll() is not None:
            if self._failures >= MAX_FAILURES:
                raise OSError(_DAMAGED)
            self._start()
        self._send(key)
        return self._receive(key, most)

    def _start(self) -> None:
        module = "captcha_model.data.datasets.lmdb_process"
        process = subprocess.Popen(
            [sys.executable, "-m", module, str(self._folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._process = process
        weakref.finalize(self, _end, process)
        if reason := self._receive("the first page", MAX_LABEL_BYTES):
            _end(process)
            raise OSError(reason.decode(errors="replace"))

    def _send(self, line: str) -> None:
        process = self._running()
        try:
            process.stdin.write(f"{line}\n".encode())  # type: ignore[union-attr]
            process.stdin.flush()  # type: ignore[union-attr]
        except BrokenPipeError as error:
            raise self._ended(line) from error

    def _receive(self, key: str, most: int) -> bytes:
        stdout = self._running().stdout
        header = stdout.read(8)  # type: ignore[union-attr]
        if len(header) < 8:
            raise self._ended(key)
        size = int.from_bytes(header, "big", signed=True)
        if size > most:
            _end(self._running())
            raise OSError(f"{key} has {size:,} bytes; at most {most:,} are read")
        value = stdout.read(max(size, 0))  # type: ignore[union-attr]
        if size < 0:
            raise OSError(f"it has no {key}")
        if len(value) < size:
            raise self._ended(key)
        return value

    def _running(self) -> "subprocess.Popen[bytes]":
        if self._process is None:
            raise OSError("its process has not been started")
        return self._process

    def _ended(self, key: str) -> OSError:
        _end(self._running())
        self._failures += 1
        return OSError(f"{_DAMAGED}; LMDB failed at {key}")


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End the process and close the pipes."""
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            try:
                pipe.close()
            except BrokenPipeError:
                continue  # A question that was not sent.
