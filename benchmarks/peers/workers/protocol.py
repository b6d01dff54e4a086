"""What the readers' scripts have in common: how they are asked, and what they answer.

A script reads one image and ends, or answers requests, one JSON object a line, until there are no
more. Each runs in its reader's own environment and sees nothing of this checkout, so this module
uses the standard library alone. Its neighbours' names are not those of packages, which the folder
of a running script would hide.

| request | answer |
|---|---|
| `{"do": "one", "paths": [...]}` | `texts`, and `seconds` for each image, one after another |
| `{"do": "many", "paths": [...], "size": N}` | `texts`, and `seconds` for all of them, N at once |
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
        """Return the text of one file, by what its user would call for one."""
        ...

    def many(self, paths: Sequence[str], size: int) -> list[str]:
        """Return the texts of files, `size` of them at once."""
        ...


def main(load: Callable[[str | None], Reader], packages: Sequence[str]) -> None:
    """Run a reader's script.

    Args:
        load: makes the reader, of the model that `--model` names.
        packages: whose versions are told.
    """
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", help="of a reader that was trained")
    parser.add_argument("--once", metavar="IMAGE", help="read this one and end")
    options = parser.parse_args()
    answers = _own_stdout()
    reader = load(options.model)
    if options.once:
        _say(answers, {"text": reader.one(options.once)})
        _say(answers, {"peak_bytes": _status("VmHWM") * 1024})
        return
    _say(answers, {"ready": True})
    for line in sys.stdin:
        _say(answers, _answer(reader, json.loads(line), packages))


def _answer(reader: Reader, request: dict[str, Any], packages: Sequence[str]) -> dict[str, Any]:
    if request["do"] == "one":
        texts, seconds = [], []
        for path in request["paths"]:
            start = time.perf_counter()
            texts.append(reader.one(path))
            seconds.append(time.perf_counter() - start)
        return {"texts": texts, "seconds": seconds}
    if request["do"] == "many":
        start = time.perf_counter()
        texts = reader.many(request["paths"], request["size"])
        return {"texts": texts, "seconds": time.perf_counter() - start}
    import importlib.metadata  # Here, so that no start is measured with it.

    return {
        "versions": {name: importlib.metadata.version(name) for name in packages},
        "threads": _status("Threads"),
        "model_bytes": reader.model.stat().st_size,
        "peak_bytes": _status("VmHWM") * 1024,
    }


def _status(name: str) -> int:
    """Return a number of this process from the kernel; the peak of memory is in kB.

    `getrusage` would do for the memory, but its peak counts that of the process that started this.
    """
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(f"{name}:")).split()[1])


def _own_stdout() -> TextIO:
    """Return what the answers go to, and lead to stderr what libraries print."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return answers


def _say(answers: TextIO, answer: dict[str, Any]) -> None:
    answers.write(json.dumps(answer) + "\n")
    answers.flush()
