import json

import pytest

from captcha_model.errors import DataError
from captcha_model.labelling.training_record import RECORD_FILE, TrainingRecord


def test_it_is_read_as_it_was_written(tmp_path):
    assert TrainingRecord.read(tmp_path) == TrainingRecord()
    assert TrainingRecord.read(tmp_path / "missing") == TrainingRecord()
    noted = TrainingRecord({"20-labels", "20-labels-2"}, [(10, 10, 5), (20, 20, 19)], "digest")
    noted.write(tmp_path)
    assert TrainingRecord.read(tmp_path) == noted


def test_a_name_that_is_no_run_folder_is_not_taken(tmp_path):
    TrainingRecord({"20-labels", "../images", "street-labels"}).write(tmp_path)
    assert TrainingRecord.read(tmp_path).begun == {"20-labels"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "3",
        "null",
        "[]",
        "{}",
        '{"begun": [], "curve": [], "learned": ""}',
        "\xff",
        '{"written_by": "me"}',
        "[" * 100_000,
    ],
)
def test_a_file_of_something_else_is_refused(tmp_path, text):
    path = tmp_path / RECORD_FILE
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(DataError, match="choose another folder by --out"):
        TrainingRecord.read(tmp_path)
    assert path.read_bytes() == text.encode("latin-1")


@pytest.mark.parametrize(
    "curve", [[3], [[1, 2]], [[1, 2, 3, 4]], None, [["a", "b", "c"]], [[float("inf"), 1, 1]]]
)
def test_a_record_with_another_curve_is_refused(tmp_path, curve):
    TrainingRecord().write(tmp_path)
    path = tmp_path / RECORD_FILE
    path.write_text(json.dumps({**json.loads(path.read_text()), "curve": curve}))
    with pytest.raises(DataError):
        TrainingRecord.read(tmp_path)
