"""The benchmark for GPUs must be ready before there is one."""

import os
import subprocess
import sys

from tests.conftest import ROOT


def test_the_gpu_benchmark_runs_on_the_processor():
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
    assert [line.split()[0] for line in lines[1:3]] == ["1", "4"]
    assert lines[-2:] == [
        "the same texts as on the processor, of 4 images",
        "no GPU was found, so nothing is written",
    ]
    assert (result.read_bytes() if result.exists() else None) == before
