"""Names of runs that were given none."""

from pathlib import Path

import pytest

from captcha_model.training.run_folder import named_folder


def made(parent: Path) -> str:
    with named_folder(parent) as folder:
        (folder / "run.yaml").touch()
    return folder.name


def test_runs_are_counted_and_no_number_comes_back(tmp_path):
    parent = tmp_path / "runs"
    assert [made(parent) for _ in range(2)] == ["train-1", "train-2"]
    for name in ("train-7", "train-x", "train-8b", "mine"):
        (parent / name).mkdir()
    assert made(parent) == "train-8"


def test_of_two_at_once_each_has_its_own(tmp_path):
    with named_folder(tmp_path) as first, named_folder(tmp_path) as second:
        assert {first.name, second.name} == {"train-1", "train-2"}


def test_a_run_that_fails_before_it_writes_leaves_nothing(tmp_path):
    with pytest.raises(ValueError, match="bad"), named_folder(tmp_path / "runs"):
        raise ValueError("bad")
    assert not (tmp_path / "runs").exists()
    assert made(tmp_path / "runs") == "train-1"
