import warnings

import pytest

from captcha_model.data.source_options import SourceOptions
from captcha_model.data.sources import find_samples
from captcha_model.errors import DataError, DataWarning

HEADER = "file_name,text\n"


def pairs_of(source, **options):
    return [(s.name, s.label) for s in find_samples(source, SourceOptions(**options))]


def refused(source, code, **options) -> str:
    with pytest.raises(DataError) as caught:
        pairs_of(source, **options)
    assert caught.value.code == code
    return str(caught.value)


def test_white_space_at_the_ends_of_labels_is_an_error_that_names_the_lines(make):
    rows = "0.png, ab3\n1.png,ab4 \n2.png,a b\n3.png,ab5\u00a0\n"
    folder = make([f"{i}.png" for i in range(4)], {"metadata.csv": HEADER + rows})
    message = refused(folder, "LABEL_WHITE_SPACE")
    assert "' ab3'" in message and "lines 2, 3, 5 of metadata.csv" in message
    assert "--strip-labels" in message
    labels = [label for _, label in pairs_of(folder, strip_labels=True)]
    assert labels == ["ab3", "ab4", "a b", "ab5"]


def test_white_space_in_file_names_is_an_error_too(make):
    folder = make(["ab .png", "cd.png"])
    assert "in ab .png." in refused(folder, "LABEL_WHITE_SPACE")
    assert pairs_of(folder, strip_labels=True) == [("ab .png", "ab"), ("cd.png", "cd")]


def test_a_table_in_each_folder_is_for_the_images_of_that_folder(make):
    images = ["train/0.png", "train/1.png", "test/0.png"]
    folder = make(
        images,
        {
            "train/metadata.csv": f"{HEADER}0.png,ab\n1.png,cd\n",
            "test/metadata.jsonl": '{"file_name": "0.png", "text": "ef"}\n',
        },
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert sorted(pairs_of(folder)) == [
            ("test/0.png", "ef"),
            ("train/0.png", "ab"),
            ("train/1.png", "cd"),
        ]


def test_images_that_no_row_names_are_counted_and_named(make):
    table = {"metadata.csv": f"{HEADER}0.png,ab\n"}
    folder = make(["0.png", "1.png", "sub/2.png"], table)
    with pytest.warns(DataWarning, match=r"2 of 3 images are left out.*: 1\.png, sub/2\.png\."):
        assert pairs_of(folder) == [("0.png", "ab")]


def test_rows_that_name_no_image_are_counted_and_named(make):
    folder = make(["0.png"], {"train/metadata.csv": f"{HEADER}8.png,ab\n9.png,cd\n"})
    message = refused(folder, "FILES_MISSING")
    assert "train/metadata.csv names 2 files" in message and "8.png, 9.png" in message


def test_an_image_has_one_label(make):
    table = {"metadata.csv": f"{HEADER}0.png,ab\n./0.png,ab\n"}
    with pytest.warns(DataWarning, match="1 rows of metadata.csv repeat"):
        assert pairs_of(make(["0.png"], table)) == [("0.png", "ab")]
    folder = make(["0.png"], {"metadata.csv": f"{HEADER}0.png,ab\n0.png,cd\n"})
    message = refused(folder, "TABLE_INVALID")
    assert "'0.png' the label 'cd' in line 3" in message
    assert "(metadata.csv, line 2): 'ab'" in message


def test_two_tables_of_a_folder_must_agree(make):
    same = '{"file_name": "0.png", "text": "ab"}\n'
    folder = make(["0.png"], {"metadata.csv": f"{HEADER}0.png,ab\n", "metadata.jsonl": same})
    with pytest.warns(DataWarning, match=r"1 rows of metadata.jsonl repeat"):
        assert pairs_of(folder) == [("0.png", "ab")]
    (folder / "metadata.jsonl").write_text(same.replace("ab", "cd"))
    assert "metadata.jsonl gives" in refused(folder, "TABLE_INVALID")
    assert "metadata.csv, line 2" in refused(folder, "TABLE_INVALID")
