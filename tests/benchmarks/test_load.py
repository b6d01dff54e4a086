"""The load test itself, in its shortest form: nothing wrong, nothing lost."""

import re
import subprocess
import sys

from tests.conftest import ROOT


def test_a_little_load():
    options = ["--users", "2", "--seconds", "1", "--soak", "100", "--burst", "8", "--no-result"]
    done = subprocess.run(
        [sys.executable, "benchmarks/load/run.py", *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    steps = re.findall(r"^ +2 users .* (\d+) wrong, (\d+) lost, refused 0$", done.stdout, re.M)
    assert steps == [("0", "0")] * 2
    (soak,) = re.findall(r"^ +soak.* of (\d+): 0 wrong, 0 lost, refused 0$", done.stdout, re.M)
    assert int(soak) >= 100
    (end,) = re.findall(r"^ +SIGTERM +(.*)$", done.stdout, re.M)
    assert "'lost'" not in end.partition("begun_later")[0]
    assert "'exit_code': 0" in end
    assert "wrote" not in done.stdout
