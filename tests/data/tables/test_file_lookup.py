import warnings

import pytest

from captcha_model.data.tables.file_lookup import find_files
from captcha_model.data.tables.rows import LabelTable, Row
from captcha_model.errors import DataError, DataWarning


def found(names, files):
    rows = [Row(line, name, "ab") for line, name in enumerate(names, 1)]
    return [find_files(LabelTable("t.csv", "", rows), files)[name] for name in names]


@pytest.mark.parametrize(
    ("name", "file"), [("a/0.png", "a/0.png"), ("./0.png", "0.png"), ("a\\0.png", "a/0.png")]
)
def test_a_path_in_its_usual_forms_is_found_without_a_warning(name, file):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert found([name], [file]) == [file]
        assert found(["a\\0.png"], ["a\\0.png"]) == ["a\\0.png"]


@pytest.mark.parametrize(
    ("names", "files"),
    [
        (["train_data/rec/train/1.png", "train_data/rec/2.png"], ["train/1.png", "2.png"]),
        (["/home/me/set/1.png", "/home/me/set/2.png"], ["1.png", "2.png"]),
        (["1.png", "2.png"], ["images/1.png", "images/2.png"]),
        (["1", "00002"], ["0001.png", "00002.png"]),
    ],
)
def test_files_elsewhere_are_found_with_a_warning(names, files):
    with pytest.warns(DataWarning, match="is taken to be"):
        assert found(names, [*files, "other/9.png", "t.csv"]) == files


@pytest.mark.parametrize(
    ("names", "files"),
    [
        (["1.png", "gone.png"], ["images/1.png", "images/2.png"]),
        (["a/1.png", "b/1.png"], ["1.png"]),
        (["x/1.png", "1.png"], ["1.png"]),
        (["1.png"], ["a/1.png", "b/1.png"]),
        (["1"], ["1.png", "01.png", "1.jpg"]),
        (["../set/1.png"], ["1.png"]),
        (["..\\set\\1.png"], ["1.png"]),
        (["/etc/passwd"], ["1.png"]),
    ],
)
def test_whatever_is_not_certain_is_missing(names, files):
    with pytest.raises(DataError, match=r"t\.csv names .* not beside it") as caught:
        found(names, files)
    assert caught.value.code == "FILES_MISSING"


def test_a_row_without_a_file_name_is_named_by_its_line():
    with pytest.raises(DataError, match=r"t\.csv has no file name in line 1\."):
        found([""], ["1.png"])
