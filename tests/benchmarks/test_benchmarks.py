"""The benchmark for GPUs must be ready before there is one; that of bad files must miss nothing."""

import os
import subprocess
import sys

from tests import misbehaving
from tests.conftest import EXAMPLES, ROOT


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


def test_a_survey_of_files_tells_every_kind_of_fault_and_goes_on(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    from corpus import show, summary, survey

    example = (EXAMPLES / "1.png").read_bytes()
    contents = [
        *(example, b"nonsense", b"crash", example, b"hang", b"exit", b"another error", b"memory"),
        *(example[:-40], example),
    ]
    paths = [tmp_path / f"{i}.png" for i in range(len(contents))]
    for path, content in zip(paths, contents, strict=True):
        path.write_bytes(content)
    outcomes = list(survey(paths, 2048, 2.0, misbehaving.read))
    assert [(o.kind, o.detail) for o in outcomes] == [
        ("accepted", ""),
        ("refused", "IMAGE_FORMAT"),
        ("crash", "exit code -11"),
        ("accepted", ""),
        ("hang", "over 2.0 s"),
        ("error", "SystemExit"),
        ("error", "KeyError"),
        ("error", "MemoryError"),
        ("refused", "IMAGE_DAMAGED"),
        ("accepted", ""),
    ]
    figures = {**summary(outcomes), "peak_memory_mib": 1}
    assert (figures["files"], figures["accepted"]) == (10, 3)
    assert figures["refused"] == {"IMAGE_FORMAT": 1, "IMAGE_DAMAGED": 1}
    assert figures["faults"] == {"error": 3, "crash": 1, "hang": 1}
    assert figures["faulty"][0] == "2.png: crash, exit code -11"
    assert figures["slowest"][0]["file"] == "4.png"
    show(figures)
