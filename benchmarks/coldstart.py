"""Measures what reading costs before the first text: time, memory and disk space, by runtime.

    python benchmarks/coldstart.py

Each runtime gets a new virtual environment with the wheel of this checkout and only what that
runtime needs. A run is a new process, from its start to the first text that it prints; the
runtimes take turns. The peak memory is the largest resident set that the kernel counted.
"""

import argparse
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from common import write_result
from environments import ROOT, build_wheel, install, outside_checkout

IMAGE = ROOT / "demo" / "examples" / "1.png"
EXTRAS = {"onnx": "", "keras": "[tensorflow]"}
SCRIPT = """
import sys
from captcha_model import CaptchaModel
print(CaptchaModel.from_pretrained(runtime=sys.argv[1]).predict(sys.argv[2]).text, flush=True)
"""


def main() -> None:
    """Install, measure, print and write `results/coldstart.json`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=15, help="of each runtime (default: 15)")
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as scratch:
        wheel = build_wheel(Path(scratch))
        found: dict[str, Any] = {}
        pythons = {}
        for runtime, extra in EXTRAS.items():
            pythons[runtime], size = install([f"{wheel}{extra}"], Path(scratch) / runtime)
            found[runtime] = {"install_megabytes": round(size / 1e6, 1)}
        starts: dict[str, list[tuple[float, float]]] = {runtime: [] for runtime in EXTRAS}
        texts = set()
        for turn in range(-1, runs):
            for runtime, python in pythons.items():
                text, seconds, megabytes = start(python, runtime)
                texts.add(text)
                if turn >= 0:  # The first run reads the libraries from the disk.
                    starts[runtime].append((seconds, megabytes))
    assert len(texts) == 1, texts
    for runtime, measured in starts.items():
        seconds, megabytes = zip(*measured, strict=True)
        low, median, high = statistics.quantiles(seconds, n=4)
        found[runtime] |= {
            "seconds_to_first_text": round(median, 3),
            "seconds_quartile_1": round(low, 3),
            "seconds_quartile_3": round(high, 3),
            "peak_megabytes": round(statistics.median(megabytes), 1),
        }
        print(
            f"{runtime:6} {median:6.2f} s to the first text (quartiles {low:.2f} to {high:.2f}), "
            f"{found[runtime]['peak_megabytes']:.0f} MB peak memory, "
            f"{found[runtime]['install_megabytes']:.0f} MB of installed packages"
        )
    results = {"runs": runs, "runtimes": found}
    print(f"wrote {write_result('coldstart', 'python benchmarks/coldstart.py', results)}")


def start(python: Path, runtime: str) -> tuple[str, float, float]:
    """Read an image in a new process.

    Returns:
        The text, the seconds until it was printed, and the peak memory in MB.
    """
    command = [python, "-c", SCRIPT, runtime, IMAGE]
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, **outside_checkout())
    assert process.stdout is not None
    with process.stdout as output:
        text = output.readline().decode().strip()
        seconds = time.perf_counter() - began
    _, status, usage = os.wait4(process.pid, 0)
    # Popen would wait for a process that is already reaped.
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, runtime
    return text, seconds, usage.ru_maxrss * 1024 / 1e6


if __name__ == "__main__":
    main()
