"""Runs the script of a reader and sends it requests; `workers/protocol.py` defines the protocol."""

import contextlib
import json
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.peers.systems import SYSTEMS, WORKERS
from benchmarks.peers.workplace import Workplace, process_options

PAUSE = 0.05  # Seconds; spinning threads of the previous system sleep by then.


class Reader(contextlib.AbstractContextManager["Reader"]):
    """The running script of one system.

    Args:
        name: of the system.
        command: runs the script; see `command`.
        log: receives what it prints.
    """

    def __init__(self, name: str, command: Sequence[str], log: Path) -> None:
        self.name = name
        self._log = log.open("w")
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            **process_options(),
        )
        self._response()

    def __exit__(self, *_: object) -> None:
        with self._process, self._log:  # The script ends when its stdin is closed.
            pass

    def one_by_one(self, paths: Sequence[Path]) -> tuple[list[str], list[float]]:
        """Read images one after another; return the texts, and the seconds of each."""
        response = self._request({"do": "one", "paths": [str(path) for path in paths]})
        return response["texts"], response["seconds"]

    def in_batches(self, paths: Sequence[Path], size: int) -> tuple[list[str], float]:
        """Read images `size` at a time; return the texts, and the seconds of all."""
        request = {"do": "many", "paths": [str(path) for path in paths], "size": size}
        response = self._request(request)
        return response["texts"], response["seconds"]

    def ways(self, paths: Sequence[Path], characters: str) -> list[dict[str, str]]:
        """Read images that hold only these characters; return the texts of each by the way."""
        request = {"do": "ways", "paths": [str(path) for path in paths], "characters": characters}
        found: list[dict[str, str]] = self._request(request)["ways"]
        return found

    def facts(self) -> dict[str, Any]:
        """Return `versions`, `threads`, `model_bytes` and `peak_bytes`."""
        return self._request({"do": "facts"})

    def _request(self, request: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None
        time.sleep(PAUSE)
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return self._response()

    def _response(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name} failed: see {self._log.name}")
        response: dict[str, Any] = json.loads(line)
        return response


def open_reader(place: Workplace, name: str, model: Path | None = None) -> Reader:
    """Start the script of a system; see `command`."""
    return Reader(name, command(place, name, model), place.folder / f"{name}.log")


def command(place: Workplace, name: str, model: Path | str | None = None) -> list[str]:
    """Return the command that runs the script of a system.

    Args:
        place: where its environment and its model are.
        name: of the system.
        model: of a trained system, instead of the one in `place`.
    """
    model = model or place.model(name)
    options = ["--model", str(model)] if model else []
    return [str(place.python(name)), str(WORKERS / SYSTEMS[name].reader), *options]


def start(command: Sequence[str], image: Path) -> tuple[float, int]:
    """Read one image in a new process.

    Args:
        command: runs the script of a system.
        image: the file to read.

    Returns:
        The seconds until its text was printed, and the largest resident set until then, in bytes.
    """
    began = time.perf_counter()
    with subprocess.Popen(
        [*command, "--once", str(image)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        **process_options(),
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        seconds = time.perf_counter() - began
        rest = process.stdout.read()
    if process.returncode:
        raise RuntimeError(f"{command} failed with exit code {process.returncode}")
    return seconds, json.loads(rest)["peak_bytes"]
