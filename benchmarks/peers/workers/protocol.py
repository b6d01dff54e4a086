"""Shared by the scripts of the readers: requests and responses.

A script reads one image and ends, or responds to requests, one JSON object per line, until its
stdin is closed. Each runs in the environment of its reader and cannot import this checkout, so this
module uses only the standard library. The scripts must not have the names of packages, because the
folder of a running script comes first on the import path.

| request | response |
|---|---|
| `{"do": "one", "paths": [...]}` | `texts`, and the `seconds` of each image, one after another |
| `{"do": "many", "paths": [...], "size": N}` | `texts`, and the `seconds` of all, in batches of N |
| `{"do": "ways", "paths": [...], "characters": "..."}` | `ways`: the texts of each image |
| `{"do": "facts"}` | `versions`, `threads`, `model_bytes`, `peak_bytes` |
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol, TextIO


class Reader(Protocol):
    """One system that reads images.

    Attributes:
        model: the file of its network.
    """

    model: Path

    def one(self, path: str) -> str:
        """Return the text of one file, by the function that users call for one."""
        ...

    def many(self, paths: Sequence[str], size: int) -> list[str]:
        """Return the texts of files, in batches of `size`."""
        ...

    def ways(self, path: str, characters: str) -> dict[str, str]:
        """Return the texts of one file by each way of telling the reader its characters.

        Only the scripts that read sets of any characters have it.
        """
        ...


def main(load: Callable[[str | None], Reader], packages: Sequence[str]) -> None:
    """Run the script of a reader.

    Args:
        load: makes the reader, from the value of `--model`.
        packages: whose versions are reported.
    """
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", help="of a trained reader")
    parser.add_argument("--once", metavar="IMAGE", help="read one image and exit")
    options = parser.parse_args()
    responses = _redirect_stdout()
    reader = load(options.model)
    if options.once:
        _write(responses, {"text": reader.one(options.once)})
        _write(responses, {"peak_bytes": _status("VmHWM") * 1024})
        return
    _write(responses, {"ready": True})
    for line in sys.stdin:
        _write(responses, _respond(reader, json.loads(line), packages))


def _respond(reader: Reader, request: dict[str, Any], packages: Sequence[str]) -> dict[str, Any]:
    if request["do"] == "one":
        texts, seconds = [], []
        for path in request["paths"]:
            start = time.perf_counter()
            texts.append(reader.one(path))
            seconds.append(time.perf_counter() - start)
        return {"texts": texts, "seconds": seconds}
    if request["do"] == "ways":
        characters = request["characters"]
        return {"ways": [reader.ways(path, characters) for path in request["paths"]]}
    if request["do"] == "many":
        start = time.perf_counter()
        texts = reader.many(request["paths"], request["size"])
        return {"texts": texts, "seconds": time.perf_counter() - start}
    import importlib.metadata  # Here, so that it does not slow the measured start.

    return {
        "versions": {name: importlib.metadata.version(name) for name in packages},
        "threads": _status("Threads"),
        "model_bytes": reader.model.stat().st_size,
        "peak_bytes": _status("VmHWM") * 1024,
    }


def _status(name: str) -> int:
    """Return a number of this process from the kernel; peak memory is in kB.

    The peak of `getrusage` would include that of the process that started this one.
    """
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(f"{name}:")).split()[1])


def _redirect_stdout() -> TextIO:
    """Return the stream for responses; what libraries print goes to stderr."""
    responses = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return responses


def _write(responses: TextIO, response: dict[str, Any]) -> None:
    responses.write(json.dumps(response) + "\n")
    responses.flush()
