"""A process that is killed at any moment, also while it saves."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from captcha_model.training.resume.checkpoints import checkpoints
from tests.conftest import ROOT

pytestmark = pytest.mark.slow

SCRAPS = ".checkpoint-*.part"


def start(folder: Path) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.training.train_once", str(folder)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(folder: Path) -> str:
    """Go on to the end, and return the hash of the weights."""
    with start(folder) as running:
        out, err = running.communicate(timeout=300)
    assert running.returncode == 0, err
    return out.strip()


def kill_in_a_save(running: subprocess.Popen, folder: Path) -> None:
    """Kill when the file of a checkpoint is half written, as far as one can see that."""
    while running.poll() is None:
        if checkpoints(folder) and list(folder.glob(SCRAPS)):
            break
    running.send_signal(signal.SIGKILL)


def kill_after(running: subprocess.Popen, folder: Path, epoch: int, seconds: float) -> None:
    while running.poll() is None and max(checkpoints(folder), default=0) < epoch:
        time.sleep(0.001)
    time.sleep(seconds)
    running.send_signal(signal.SIGKILL)


@pytest.fixture(scope="module")
def straight(tmp_path_factory) -> str:
    """The hash of a run from the first epoch to the last."""
    return finish(tmp_path_factory.mktemp("straight") / "run")


def test_a_run_that_is_killed_ends_with_the_same_weights(straight, tmp_path):
    folder = tmp_path / "run"
    with start(folder) as running:
        kill_after(running, folder, 3, random.Random(1).uniform(0, 0.1))
    assert running.returncode == -signal.SIGKILL
    before = max(checkpoints(folder))
    with start(folder) as running:
        kill_in_a_save(running, folder)
    assert running.returncode == -signal.SIGKILL
    assert max(checkpoints(folder)) >= before
    assert finish(folder) == straight
    assert not list(folder.glob(".*"))
    assert list(checkpoints(folder)) == [30, 29]
