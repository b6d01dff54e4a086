"""Runs a reader's script, and asks it; what it understands is in `workers/protocol.py`."""

import contextlib
import json
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.peers.systems import SYSTEMS, WORKERS
from benchmarks.peers.workplace import Workplace, surroundings

PAUSE = 0.05  # Threads of the one before that still spin have gone to sleep by then.


class Start(NamedTuple):
    """A process from its start to its first text.

    Attributes:
        text: what it read.
        seconds: until the text was there.
        peak_bytes: the largest resident set until then, as the kernel counts it.
    """

    text: str
    seconds: float
    peak_bytes: int


class Reader(contextlib.AbstractContextManager["Reader"]):
    """A running script of one system.

    Args:
        place: where its environment and its model are.
        name: of the system.
        model: of a trained system, instead of the one in `place`.
    """

    def __init__(self, place: Workplace, name: str, model: Path | None = None) -> None:
        self.name = name
        self._log = (place.folder / f"{name}.log").open("w")
        self._process = subprocess.Popen(
            command(place, name, model),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            **surroundings(),
        )
        self._answer()

    def __exit__(self, *_: object) -> None:
        with self._process, self._log:  # Closing its stdin ends it.
            pass

    def one_by_one(self, paths: Sequence[Path]) -> tuple[list[str], list[float]]:
        """Return the texts of images that are read one after another, and the seconds of each."""
        answer = self._ask({"do": "one", "paths": [str(path) for path in paths]})
        return answer["texts"], answer["seconds"]

    def at_once(self, paths: Sequence[Path], size: int) -> tuple[list[str], float]:
        """Return the texts of images that are read `size` at a time, and the seconds in all."""
        answer = self._ask({"do": "many", "paths": [str(path) for path in paths], "size": size})
        return answer["texts"], answer["seconds"]

    def facts(self) -> dict[str, Any]:
        """Return `versions`, `threads`, `model_bytes` and `peak_bytes`."""
        return self._ask({"do": "facts"})

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None
        time.sleep(PAUSE)
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name} failed: see {self._log.name}")
        answer: dict[str, Any] = json.loads(line)
        return answer


def command(place: Workplace, name: str, model: Path | None = None) -> list[str]:
    """Return what runs a system's script."""
    model = model or place.model(name)
    options = ["--model", str(model)] if model else []
    return [str(place.python(name)), str(WORKERS / SYSTEMS[name].reader), *options]


def start(place: Workplace, name: str, image: Path) -> Start:
    """Read one image in a new process."""
    began = time.perf_counter()
    with subprocess.Popen(
        [*command(place, name), "--once", str(image)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        **surroundings(),
    ) as process:
        assert process.stdout is not None
        text = process.stdout.readline()
        seconds = time.perf_counter() - began
        rest = process.stdout.read()
    if process.returncode:
        raise RuntimeError(f"{name} failed with exit code {process.returncode}")
    return Start(json.loads(text)["text"], seconds, json.loads(rest)["peak_bytes"])
