"""What every benchmark says about the machine it ran on, and where it writes its figures."""

import csv
import datetime
import importlib.metadata
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from captcha_model._utils.atomic_files import write_atomically

RESULTS = Path(__file__).parent / "results"
PACKAGES = (
    "captcha-model",
    "keras",
    "tensorflow",
    "onnxruntime",
    "jax",
    "torch",
    "keras-cv",
    "numpy",
    "pillow",
)


def environment() -> dict[str, Any]:
    """Return the date, the machine and the versions behind a figure."""
    return {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "cores": os.cpu_count(),
        "processor": _processor(),
        "python": platform.python_version(),
        "versions": {name: found for name in PACKAGES if (found := _version(name))},
    }


def write_result(name: str, command: str, figures: dict[str, Any], folder: Path = RESULTS) -> Path:
    """Write a benchmark's figures as JSON below `results/`, with the command that made them."""
    path = folder / f"{name}.json"
    document = {"command": command, "environment": environment(), **figures}
    write_atomically(path, (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode())
    return path


def load_result(name: str) -> dict[str, Any]:
    """Return one benchmark's figures."""
    result: dict[str, Any] = json.loads((RESULTS / f"{name}.json").read_text())
    return result


def table_of(rows: Iterable[tuple[str, str, dict[str, Any]]]) -> list[str]:
    """Return the lines of a Markdown table: what, its result, and the figures' source."""
    lines = ["| what | result | command | cores, date |", "|---|---|---|---|"]
    for what, result, source in rows:
        machine = source["environment"]
        lines.append(
            f"| {what} | {result} | `{source['command']}` | {machine['cores']}, {machine['date']} |"
        )
    return lines


def in_new_process(script: str, arguments: Iterable[str], variables: Mapping[str, str]) -> Any:
    """Run a benchmark's own script with more environment variables, and return what it prints.

    Args:
        script: a path.
        arguments: of the script.
        variables: what a process reads when it begins, which this one has done.

    Returns:
        The last line of its output, read as JSON.
    """
    done = subprocess.run(
        [sys.executable, script, *arguments],
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "2", **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def measure(work: Callable[[], object], runs: int) -> dict[str, float]:
    """Return the median and the quartiles of a call's wall time, in milliseconds."""
    return measure_in_turns({"": work}, runs)[""]


def measure_in_turns(
    works: Mapping[str, Callable[[], object]], runs: int
) -> dict[str, dict[str, float]]:
    """Return what `measure` does for several calls, which take turns on a machine that varies."""
    times: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(runs):
        for name, work in works.items():
            start = time.perf_counter()
            work()
            times[name].append(1000 * (time.perf_counter() - start))
    return {name: _summary(measured) for name, measured in times.items()}


def read_history(path: Path) -> list[dict[str, str]]:
    """Return the rows of a training's `history.csv`; none before its first epoch ended."""
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
