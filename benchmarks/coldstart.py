"""What a reader costs before its first text: time, memory and room on the disk, by either runtime.

python benchmarks/coldstart.py

Each runtime gets a fresh virtual environment with the wheel of this checkout and no more than that
runtime needs. A run is a new process, from its start to the first text that it prints; the
runtimes take turns. The peak of the memory is the largest resident set that the kernel counted.
"""

import argparse
import os
import statistics
import subprocess
import tempfile
import time
import venv
from pathlib import Path
from typing import Any

from common import write_result

ROOT = Path(__file__).parents[1]
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
        figures: dict[str, Any] = {}
        pythons = {}
        for runtime, extra in EXTRAS.items():
            folder = Path(scratch) / runtime
            pythons[runtime], size = install(f"{wheel}{extra}", folder)
            figures[runtime] = {"install_megabytes": round(size / 1e6, 1)}
        starts: dict[str, list[tuple[float, float]]] = {runtime: [] for runtime in EXTRAS}
        texts = set()
        for turn in range(-1, runs):
            for runtime, python in pythons.items():
                text, seconds, megabytes = start(python, runtime)
                texts.add(text)
                if turn >= 0:  # The first one reads the libraries from the disk.
                    starts[runtime].append((seconds, megabytes))
    assert len(texts) == 1, texts
    for runtime, measured in starts.items():
        seconds, megabytes = zip(*measured, strict=True)
        low, median, high = statistics.quantiles(seconds, n=4)
        figures[runtime] |= {
            "seconds_to_first_text": round(median, 3),
            "seconds_quartile_1": round(low, 3),
            "seconds_quartile_3": round(high, 3),
            "peak_megabytes": round(statistics.median(megabytes), 1),
        }
        print(
            f"{runtime:6} {median:6.2f} s to the first text (quartiles {low:.2f} to {high:.2f}), "
            f"{figures[runtime]['peak_megabytes']:.0f} MB at its peak, "
            f"{figures[runtime]['install_megabytes']:.0f} MB on disk over bare Python"
        )
    document = {"runs": runs, "runtimes": figures}
    print(f"wrote {write_result('coldstart', 'python benchmarks/coldstart.py', document)}")


def build_wheel(folder: Path) -> Path:
    """Build the wheel of this checkout, by a source archive, which leaves no `build/` here."""
    command = ["python", "-m", "build", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    (wheel,) = folder.glob("*.whl")
    return wheel


def install(requirement: str, folder: Path) -> tuple[Path, int]:
    """Make an environment with one requirement; return its Python and the bytes that were added."""
    venv.create(folder, with_pip=True)
    before = size_of(folder)
    python = folder / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "-q", requirement], check=True, **elsewhere())
    return python, size_of(folder) - before


def size_of(folder: Path) -> int:
    """Return the bytes of the files in a folder."""
    files = (path for path in folder.rglob("*") if not path.is_symlink())
    return sum(path.stat().st_size for path in files if path.is_file())


def start(python: Path, runtime: str) -> tuple[str, float, float]:
    """Read an image in a new process.

    Returns:
        The text, the seconds until it was there, and the peak of the memory in MB.
    """
    command = [python, "-c", SCRIPT, runtime, IMAGE]
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, **elsewhere())
    assert process.stdout is not None
    with process.stdout as output:
        text = output.readline().decode().strip()
        seconds = time.perf_counter() - began
    _, status, usage = os.wait4(process.pid, 0)
    # So that it does not wait for what is gone.
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, runtime
    return text, seconds, usage.ru_maxrss * 1024 / 1e6


def elsewhere() -> dict[str, Any]:
    """Return where a process runs that must not see this checkout."""
    return {"cwd": "/", "env": {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}}


if __name__ == "__main__":
    main()
