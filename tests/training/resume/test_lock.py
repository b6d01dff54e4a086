import errno
import fcntl
import signal
import subprocess
import sys
import threading

import pytest

from captcha_model.errors import DependencyError, TrainingError
from captcha_model.training.resume.lock import LOCK_FILE, sole_use

HOLDER = """
import sys, time
from pathlib import Path
from captcha_model.training.resume.lock import sole_use
with sole_use(Path(sys.argv[1])):
    print("locked", flush=True)
    time.sleep(60)
"""


def test_a_folder_is_created_and_removed_if_it_stays_empty(tmp_path):
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


def test_the_lock_is_released_after_an_error(tmp_path):
    with pytest.raises(RuntimeError, match="boom"), sole_use(tmp_path):
        raise RuntimeError("boom")
    with sole_use(tmp_path):
        pass


def test_the_same_thread_cannot_lock_twice(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with sole_use(tmp_path / "run"):
        with pytest.raises(TrainingError), sole_use((tmp_path / "run").relative_to(tmp_path)):
            pass
        assert (tmp_path / "run" / LOCK_FILE).exists()
    assert not (tmp_path / "run").exists()


def test_another_thread_cannot_lock(tmp_path):
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


def test_another_process_cannot_lock_until_the_first_is_killed(tmp_path):
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout.readline() == b"locked\n"
        with pytest.raises(TrainingError, match="Another run is using"), sole_use(tmp_path):
            pass
        holder.send_signal(signal.SIGKILL)
    # The file is still there; the lock is not.
    assert (tmp_path / LOCK_FILE).exists()
    with sole_use(tmp_path):
        pass


def test_a_lock_on_a_deleted_file_does_not_count(tmp_path, monkeypatch):
    """The previous holder deletes the file after it was opened and before it is locked."""
    original = fcntl.flock
    deleted = []

    def flock(handle: int, how: int) -> None:
        if not deleted:
            (tmp_path / LOCK_FILE).unlink()
            deleted.append(handle)
        original(handle, how)

    monkeypatch.setattr(fcntl, "flock", flock)
    with pytest.raises(TrainingError, match="Another run is using"), sole_use(tmp_path):
        pass
    with sole_use(tmp_path):
        assert (tmp_path / LOCK_FILE).exists()


def test_a_file_system_without_locks_is_not_an_error(tmp_path, monkeypatch):
    def fail(handle: int, how: int) -> None:
        raise OSError(errno.ENOLCK, "no locks here")

    monkeypatch.setattr(fcntl, "flock", fail)
    with sole_use(tmp_path):
        pass


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path):
    (tmp_path / LOCK_FILE).mkdir()
    with pytest.raises(OSError, match="directory"), sole_use(tmp_path):
        pass


def test_the_package_of_the_lock_is_named_where_it_is_missing(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "filelock", None)
    with pytest.raises(DependencyError, match="filelock"), sole_use(tmp_path):
        pass
