import pytest

from captcha_model.errors import DataError
from captcha_model.labelling.adapted_models import AdaptedModels
from captcha_model.labelling.training_record import TrainingRecord
from tests.labelling.conftest import write_run


def trained(models: AdaptedModels, labels: int):
    folder = models.new_folder(labels)
    write_run(folder, labels, labels // 2, {})
    return models.take(folder, f"digest of {labels}")


def test_the_newest_model_is_kept_and_found_again(tmp_path):
    models = AdaptedModels(tmp_path / "out")
    first, second = trained(models, 10), trained(models, 20)
    assert not first.folder.exists()
    again = AdaptedModels(tmp_path / "out")
    assert again.newest == second == models.newest
    assert again.curve == [(10, 10, 5), (20, 20, 10)]
    assert again.learned == "digest of 20"
    trained(again, 20)
    assert again.newest.folder.name == "20-labels-2"
    assert not second.folder.exists()


def test_a_training_that_held_images_back_is_measured_on_those(tmp_path):
    models = AdaptedModels(tmp_path)
    folder = models.new_folder(200)
    write_run(folder, 20, 19, {})
    found = models.take(folder, "")
    assert (found.labels, found.images, found.accuracy) == (200, 20, 0.95)
    assert found.interval[0] < 0.8
    assert models.curve == [(200, 20, 19)]


def test_what_an_interrupted_training_left_is_deleted(tmp_path):
    folder = AdaptedModels(tmp_path).new_folder(10)
    folder.mkdir()
    assert AdaptedModels(tmp_path).newest is None
    assert not folder.exists()


@pytest.mark.parametrize(
    "name", ["street-labels", "10-labels", "old-labels-backup", "10-labels-copy", "runs"]
)
def test_nothing_of_others_is_deleted(tmp_path, name):
    (tmp_path / name).mkdir()
    (tmp_path / name / "notes.txt").write_text("mine")
    models = AdaptedModels(tmp_path)
    trained(models, 10)
    trained(AdaptedModels(tmp_path), 20)
    assert (tmp_path / name / "notes.txt").read_text() == "mine"


def test_a_finished_run_of_somebody_else_is_no_reason_to_delete_it(tmp_path):
    write_run(tmp_path / "20-labels", 20, 10, {})
    models = AdaptedModels(tmp_path)
    assert models.newest.labels == 20
    trained(models, 30)
    assert (tmp_path / "20-labels").exists()
    assert models.newest.labels == 30


@pytest.mark.parametrize("text", ["", "{", "3", '[3, "../images", "street-labels"]', "null"])
def test_beside_another_file_of_the_records_name_nothing_is_deleted(tmp_path, text):
    for name in ("10-labels", "street-labels"):
        (tmp_path / name).mkdir()
    (tmp_path / "labelling.json").write_text(text)
    with pytest.raises(DataError):
        AdaptedModels(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_dir()) == [
        *("10-labels", "street-labels")
    ]


def test_only_what_the_record_names_is_deleted(tmp_path):
    for name in ("10-labels", "20-labels"):
        (tmp_path / name).mkdir()
    TrainingRecord({"20-labels"}).write(tmp_path)
    AdaptedModels(tmp_path)
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == ["10-labels"]


def test_the_record_has_what_is_there(tmp_path):
    models = AdaptedModels(tmp_path)
    trained(models, 10)
    trained(models, 20)
    assert TrainingRecord.read(tmp_path) == TrainingRecord(
        {"20-labels"}, [(10, 10, 5), (20, 20, 10)], "digest of 20"
    )
