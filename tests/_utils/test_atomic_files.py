import os
import signal
import stat
import subprocess
import sys
import time

import pytest

from captcha_model._utils import atomic_files
from captcha_model._utils.atomic_files import (
    is_free,
    recover_folder,
    replaced_folder,
    write_atomically,
)

WRITER = """
import itertools, sys
from pathlib import Path
from captcha_model._utils.atomic_files import replaced_folder
print("ready", flush=True)
for i in itertools.count():
    with replaced_folder(Path(sys.argv[1])) as folder:
        for name in ("a", "b"):
            (folder / name).write_text(f"{i} " * 20_000)
"""


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "sub" / "file.txt"
    write_atomically(path, b"old")
    write_atomically(path, b"new")
    assert path.read_bytes() == b"new"

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="disk full"):
        write_atomically(path, b"broken")
    assert path.read_bytes() == b"new"
    assert [p.name for p in path.parent.iterdir()] == ["file.txt"]


def test_written_files_have_the_usual_access(tmp_path):
    write_atomically(tmp_path / "file", b"")
    with replaced_folder(tmp_path / "folder"):
        pass
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o666 & ~mask
    assert stat.S_IMODE((tmp_path / "folder").stat().st_mode) == 0o777 & ~mask


@pytest.mark.parametrize("atomic", [True, False])
def test_a_folder_is_swapped_in_whole(tmp_path, monkeypatch, atomic):
    if not atomic:  # As on platforms without an exchange of two names.
        monkeypatch.setattr(atomic_files, "_exchange", lambda *_: False)
    target = tmp_path / "model"
    for text in ("one", "two"):
        with replaced_folder(target) as folder:
            (folder / f"{text}.txt").write_text(text)
    assert [p.name for p in target.iterdir()] == ["two.txt"]
    assert [p.name for p in tmp_path.iterdir()] == ["model"]


def test_a_folder_may_hold_folders(tmp_path):
    for text in ("first", "second"):
        with replaced_folder(tmp_path / "folder") as fresh:
            (fresh / "inner").mkdir()
            (fresh / "inner" / "file").write_text(text)
    assert (tmp_path / "folder" / "inner" / "file").read_text() == "second"


def test_an_error_leaves_the_old_folder(tmp_path):
    target = tmp_path / "model"
    with replaced_folder(target) as folder:
        (folder / "a").write_text("old")

    def break_off():
        with replaced_folder(target) as folder:
            (folder / "a").write_text("new")
            raise RuntimeError("interrupted")

    with pytest.raises(RuntimeError):
        break_off()
    assert (target / "a").read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["model"]


def test_a_crash_between_two_renames_is_mended(tmp_path):
    target = tmp_path / "model"
    aside = tmp_path / ".model.replaced"
    aside.mkdir()
    (aside / "a").write_text("old")
    recover_folder(target)
    assert (target / "a").read_text() == "old"
    recover_folder(target)
    assert not aside.exists()


def test_kill_at_any_moment_leaves_a_whole_folder(tmp_path):
    target = tmp_path / "model"
    for delay in (0.0, 0.003, 0.011, 0.02, 0.031, 0.047):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(target)], stdout=subprocess.PIPE
        ) as writer:
            writer.stdout.readline()
            while not target.exists():
                time.sleep(0.001)
            time.sleep(delay)
            writer.send_signal(signal.SIGKILL)
        first, second = ((target / name).read_text() for name in ("a", "b"))
        assert first == second
        assert len(first.split()) == 20_000


def test_a_folder_is_free_if_it_is_missing_empty_or_ours(tmp_path):
    folder = tmp_path / "folder"
    assert is_free(folder)
    folder.mkdir()
    assert is_free(folder)
    (folder / "mine.txt").touch()
    assert not is_free(folder)
    assert not is_free(folder, "mark")
    (folder / "mark").touch()
    assert is_free(folder, "mark")
    assert not is_free(folder)
    assert not is_free(folder / "mark", "mark")
