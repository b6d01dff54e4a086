"""Names of runs that were given none."""

from pathlib import Path

import pytest

from captcha_model.errors import TrainingError
from captcha_model.training.run_folder import check_folder, named_folder


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


@pytest.mark.parametrize(
    ("files", "new", "resumed"),
    [
        (("notes.txt",), "not empty. Choose another folder", "holds no checkpoint"),
        (("run.yaml",), "Resume its run with --resume", None),
        (("run.yaml", "history.csv", "checkpoint-000001.npz"), "Resume its run", None),
        (
            ("run.yaml", "history.csv", "checkpoint-000001.npz", "model/config.json"),
            "has a model, {model}. Resume it with --resume",
            None,
        ),
        # So few images that there was no checkpoint.
        (
            ("run.yaml", "history.csv", "model/config.json"),
            "has a model, {model}, and is finished. Choose another",
            "holds a finished run, with its model in {model}",
        ),
        # It wrote no history either.
        (
            ("run.yaml", "model/config.json"),
            "has a model, {model}, and is finished. Choose another",
            "holds a finished run, with its model in {model}",
        ),
    ],
    ids=str,
)
def test_what_to_do_with_a_folder_that_is_not_empty(tmp_path, files, new, resumed):
    for name in files:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    with pytest.raises(TrainingError) as caught:
        check_folder(tmp_path, resume=False)
    assert new.format(model=tmp_path / "model") in str(caught.value)
    if resumed is None:
        found = any("checkpoint" in name for name in files)
        assert check_folder(tmp_path, resume=True) is found
        return
    with pytest.raises(TrainingError) as caught:
        check_folder(tmp_path, resume=True)
    assert caught.value.code == "NOTHING_TO_RESUME"
    assert resumed.format(model=tmp_path / "model") in str(caught.value)
