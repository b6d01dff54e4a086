import errno
import fcntl
import signal
import subprocess
import sys
import threading

import pytest

from captcha_model.errors import TrainingError
from captcha_model.training.resume import lock
from captcha_model.training.resume.lock import LOCK_FILE, sole_use

HOLDER = """
import sys, time
from pathlib import Path
from captcha_model.training.resume.lock import sole_use
with sole_use(Path(sys.argv[1])):
    print("mine", flush=True)
    time.sleep(60)
"""


def test_a_folder_is_made_and_an_empty_one_taken_away(tmp_path):
    with sole_use(tmp_path / "a" / "run"):
        assert (tmp_path / "a" / "run" / LOCK_FILE).exists()
    assert not (tmp_path / "a" / "run").exists()
    with sole_use(tmp_path / "run"):
        (tmp_path / "run" / "file").touch()
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["file"]
    (tmp_path / "mine").mkdir()
    with sole_use(tmp_path / "mine"):
        pass
    assert list((tmp_path / "mine").iterdir()) == []


def test_the_same_thread_may_enter_again(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with sole_use(tmp_path / "run"), sole_use((tmp_path / "run").relative_to(tmp_path)):
        pass
    assert not (tmp_path / "run").exists()


def test_another_thread_may_not(tmp_path):
    codes = []

    def enter() -> None:
        try:
            with sole_use(tmp_path):
                codes.append("in")
        except TrainingError as error:
            codes.append(error.code)

    def enter_elsewhere() -> None:
        thread = threading.Thread(target=enter)
        thread.start()
        thread.join()

    with sole_use(tmp_path):
        enter_elsewhere()
    enter_elsewhere()
    assert codes == ["RUN_LOCKED", "in"]


def test_another_process_may_not_until_it_is_killed(tmp_path):
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout.readline() == b"mine\n"
        with pytest.raises(TrainingError, match="Another run is going on"), sole_use(tmp_path):
            pass
        holder.send_signal(signal.SIGKILL)
    # The file is still there; the lock is not.
    assert (tmp_path / LOCK_FILE).exists()
    with sole_use(tmp_path):
        pass


def test_a_lock_on_a_file_that_is_gone_counts_for_nothing(tmp_path, monkeypatch):
    """Who had it deletes it between the opening and the locking."""
    original = fcntl.flock
    calls = []

    def flock(handle: int, how: int) -> None:
        calls.append(handle)
        if len(calls) == 1:
            (tmp_path / LOCK_FILE).unlink()
        original(handle, how)

    monkeypatch.setattr(fcntl, "flock", flock)
    with sole_use(tmp_path):
        assert (tmp_path / LOCK_FILE).exists()
    assert len(calls) == 2


def test_without_locks_it_goes_on(tmp_path, monkeypatch):
    def fail(handle: int) -> None:
        raise OSError(errno.ENOLCK, "no locks here")

    monkeypatch.setattr(lock, "_lock", fail)
    with sole_use(tmp_path):
        pass
