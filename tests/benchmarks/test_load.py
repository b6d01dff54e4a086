"""The load test in its shortest form: no wrong response, no lost request."""

import re
import subprocess
import sys

import pytest

from tests.conftest import ROOT


@pytest.mark.server
@pytest.mark.slow
def test_a_short_load_test():
    options = ["--users", "2", "--seconds", "1", "--soak", "100", "--burst", "8", "--no-result"]
    result = subprocess.run(
        [sys.executable, "benchmarks/load/run.py", *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert result.returncode == 0, result.stderr
    steps = re.findall(r"^ +2 users .* (\d+) wrong, (\d+) lost, rejected 0$", result.stdout, re.M)
    assert steps == [("0", "0")] * 2
    (soak,) = re.findall(r"^ +soak.* of (\d+): 0 wrong, 0 lost, rejected 0$", result.stdout, re.M)
    assert int(soak) >= 100
    (sigterm,) = re.findall(r"^ +SIGTERM +(.*)$", result.stdout, re.M)
    assert "'lost'" not in sigterm.partition("sent_later")[0]
    assert "'exit_code': 0" in sigterm
    assert "wrote" not in result.stdout


@pytest.mark.server
@pytest.mark.slow
def test_the_memory_under_calls_of_gradio_s_api():
    options = ["--requests", "3", "--large", "1", "--no-result"]
    result = subprocess.run(
        [sys.executable, "benchmarks/load/gradio_calls.py", *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert result.returncode == 0, result.stderr
    assert re.findall(r"'wrong': (\d+)", result.stdout) == ["0"] * 4
    assert "wrote" not in result.stdout
