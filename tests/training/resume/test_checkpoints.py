import errno
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captcha_model.errors import TrainingError
from captcha_model.training.resume.checkpoints import (
    DAMAGED,
    checkpoints,
    read_newest,
    write_checkpoint,
)


def parse(path):
    """Take what ends with a full stop for whole."""
    text = path.read_text()
    if not text.endswith("."):
        raise TrainingError(f"{path.name} is damaged.", code=DAMAGED)
    return text


@pytest.mark.slow
@given(st.integers(1, 40))
def test_two_are_kept(tmp_path_factory, last):
    folder = tmp_path_factory.mktemp("run")
    for epoch in range(1, last + 1):
        write_checkpoint(folder, epoch, f"{epoch}.".encode())
        assert list(checkpoints(folder)) == [epoch, *([epoch - 1] if epoch > 1 else [])]
        assert read_newest(folder, parse, pytest.fail) == f"{epoch}."


def test_another_run_in_the_folder_leaves_none_of_the_first(tmp_path):
    for epoch in (7, 8):
        write_checkpoint(tmp_path, epoch, b"old.")
    write_checkpoint(tmp_path, 1, b"new.")
    assert list(checkpoints(tmp_path)) == [1]
    assert read_newest(tmp_path, parse, pytest.fail) == "new."


def test_what_is_damaged_is_passed_over_with_a_note(tmp_path):
    write_checkpoint(tmp_path, 9, b"9.")
    write_checkpoint(tmp_path, 10, b"1")
    notes = []
    assert read_newest(tmp_path, parse, notes.append) == "9."
    (line,) = notes
    assert "checkpoint-000010.npz is damaged" in line
    assert "checkpoint-000009.npz" in line
    (tmp_path / "checkpoint-000009.npz").write_text("")
    with pytest.raises(TrainingError, match="000010") as caught:
        read_newest(tmp_path, parse, notes.append)
    assert caught.value.code == DAMAGED


def test_another_reason_is_not_passed_over(tmp_path):
    write_checkpoint(tmp_path, 1, b"1.")
    write_checkpoint(tmp_path, 2, b"2.")

    def refuse(path):
        raise TrainingError("Other settings.", code="CHECKPOINT_INCOMPATIBLE")

    with pytest.raises(TrainingError, match="Other settings"):
        read_newest(tmp_path, refuse, pytest.fail)


def test_there_may_be_none(tmp_path):
    (tmp_path / "checkpoint-1.npz.bak").touch()
    (tmp_path / ".checkpoint-000001.npz.abc.part").touch()
    assert checkpoints(tmp_path) == checkpoints(tmp_path / "nowhere") == {}
    with pytest.raises(TrainingError) as caught:
        read_newest(tmp_path, parse, pytest.fail)
    assert caught.value.code == "NOTHING_TO_RESUME"


def test_a_full_disk_leaves_the_earlier_ones(tmp_path, monkeypatch):
    def fail(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        with pytest.raises(TrainingError, match=r"No space left on device\. There") as caught:
            write_checkpoint(tmp_path, 1, b"1.")
    assert caught.value.code == "CHECKPOINT_NOT_WRITTEN"
    for epoch in (1, 2):
        write_checkpoint(tmp_path, epoch, f"{epoch}.".encode())
    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(TrainingError, match="That of epoch 2 is kept"):
        write_checkpoint(tmp_path, 3, b"3.")
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {
        "checkpoint-000001.npz": "1.",
        "checkpoint-000002.npz": "2.",
    }
