"""The benchmarks that no other test runs."""

import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.slow


def test_the_gpu_benchmark_runs_on_the_cpu():
    command = [sys.executable, "gpu.py", "--batches", "1,4", "--seconds", "0.01"]
    result = ROOT / "benchmarks" / "results" / "gpu.json"
    before = result.read_bytes() if result.exists() else None
    done = subprocess.run(
        command,
        cwd=ROOT / "benchmarks",
        env={**os.environ, "PYTHONPATH": str(ROOT), "CUDA_VISIBLE_DEVICES": "-1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "CPU, Keras on tensorflow"
    assert [line.split()[2] for line in lines[1:3]] == ["1:", "4:"]
    assert lines[-2:] == [
        "the same texts as on the CPU, of 4 images",
        "no GPU was found, so nothing is written",
    ]
    assert (result.read_bytes() if result.exists() else None) == before


SCRIPTS = sorted(
    path.name
    for path in (ROOT / "benchmarks").glob("*.py")
    if "__main__" in path.read_text() and path.name not in ("gpu.py", "render.py")
)


@pytest.mark.parametrize("script", SCRIPTS)
def test_every_benchmark_imports_what_exists(script):
    """A benchmark takes long, so only its imports and its options are tested."""
    done = subprocess.run(
        [sys.executable, script, "--help"],
        cwd=ROOT / "benchmarks",
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"usage: {script} [-h]")
