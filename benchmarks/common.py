"""Shared by all benchmarks: timing, the description of the machine, and the files of results."""

import csv
import datetime
import importlib.metadata
import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from captcha_model._utils.atomic_files import write_atomically

RESULTS = Path(__file__).parent / "results"
PACKAGES = (
    *("captcha-model", "keras", "tensorflow", "onnxruntime", "jax", "torch", "keras-cv"),
    *("numpy", "pillow"),
)


def environment() -> dict[str, Any]:
    """Return the date, the machine and the package versions of a measurement."""
    return {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "cores": os.cpu_count(),
        "processor": _processor(),
        "python": platform.python_version(),
        "versions": {name: found for name in PACKAGES if (found := _version(name))},
    }


def write_result(name: str, command: str, results: dict[str, Any], folder: Path = RESULTS) -> Path:
    """Write measurements as `NAME.json`, with the command and the environment; return the path."""
    path = folder / f"{name}.json"
    document = {"command": command, "environment": environment(), **results}
    write_atomically(path, (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode())
    return path


def load_result(name: str, folder: Path = RESULTS) -> dict[str, Any]:
    """Return the measurements of one benchmark."""
    result: dict[str, Any] = json.loads((folder / f"{name}.json").read_text())
    return result


def table_of(rows: Iterable[tuple[str, str, dict[str, Any]]]) -> list[str]:
    """Return the lines of a Markdown table.

    Args:
        rows: what was measured, its result, and the document of results it comes from.
    """
    lines = ["| what | result | command | cores, date |", "|---|---|---|---|"]
    for what, result, source in rows:
        machine = source["environment"]
        lines.append(
            f"| {what} | {result} | `{source['command']}` | {machine['cores']}, {machine['date']} |"
        )
    return lines


def measure_in_turns(
    works: Mapping[str, Callable[[], object]],
    runs: int,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, dict[str, float]]:
    """Measure several calls in turns, so that a slower moment of the machine affects all of them.

    Args:
        works: the calls by name.
        runs: how often each is called.
        clock: returns seconds; `time.process_time` counts the time of all threads on the CPU.

    Returns:
        The median and the quartiles of each, in milliseconds.
    """
    times: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(runs):
        for name, work in works.items():
            start = clock()
            work()
            times[name].append(1000 * (clock() - start))
    return {name: _summary(measured) for name, measured in times.items()}


def read_history(path: Path) -> list[dict[str, str]]:
    """Return the rows of the `history.csv` of a training; none before its first epoch ends."""
    if not path.exists():
        return []
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def _summary(times: list[float]) -> dict[str, float]:
    low, median, high = statistics.quantiles(times, n=4)
    return {
        "median_ms": round(median, 3),
        "quartile_1_ms": round(low, 3),
        "quartile_3_ms": round(high, 3),
    }


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
