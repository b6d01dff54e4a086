import shlex
import shutil
import warnings

import pytest

from captcha_model.cli import build_parser
from captcha_model.cli.source_options import source_options
from captcha_model.data.source_options import SourceOptions
from captcha_model.data.sources import find_samples
from captcha_model.errors import DataError, DataWarning

IMAGES = [f"{number}.png" for number in range(1, 4)]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("labels.csv", "file_name,text\n1.png,ab\n2.png,cd\n3.png,ef\n"),
        ("labels.csv", "1.png,ab\n2.png,cd\n3.png,ef\n"),
        ("labels.csv", "ab;1.png\ncd;2.png\nef;3.png\n"),
        ("all/my labels.tsv", "filename\twords\n1.png\tab\n2.png\tcd\n3.png\tef\n"),
        ("train.csv", "id,label\n1,ab\n2,cd\n3,ef\n"),
        ("labels.txt", "ab\ncd\nef\n"),
        ("labels.txt", "1.png ab\n2.png cd\n3.png ef\n"),
        ("captchas.jsonl", "".join(f'{{"file_name": "{i}.png", "text": "x{i}"}}\n' for i in "123")),
    ],
)
@pytest.mark.filterwarnings("ignore::captcha_model.errors.DataWarning")
def test_a_table_that_gives_other_labels_is_named_with_the_options_that_read_it(make, name, text):
    folder = make(
        [str(name.rpartition("/")[0] + "/" + i).lstrip("/") for i in IMAGES], {name: text}
    )
    with pytest.raises(DataError, match="so the labels would be the file names") as caught:
        find_samples(folder)
    assert caught.value.code == "TABLE_UNUSED"
    words = shlex.split(str(caught.value).rpartition("Give ")[2].partition(" as the source")[0])
    options = build_parser().parse_args(["dataset", "validate", "--data", *words])
    labels = [sample.label for sample in find_samples(options.data, source_options(options))]
    assert labels in (["ab", "cd", "ef"], ["x1", "x2", "x3"])


def test_the_file_names_can_be_taken_all_the_same(make):
    folder = make(IMAGES, {"labels.csv": "file_name,text\n1.png,ab\n"})
    samples = find_samples(folder, SourceOptions(label_regex="(.+)"))
    assert [sample.label for sample in samples] == ["1", "2", "3"]


def test_a_table_in_a_zip_is_named_too(make, tmp_path):
    folder = make(IMAGES, {"labels.csv": "file_name,text\n1.png,ab\n"})
    archive = shutil.make_archive(str(tmp_path / "set"), "zip", folder)
    with pytest.raises(DataError, match="Unpack the archive"):
        find_samples(archive)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("notes.txt", "drawn by hand\n"),
        ("LICENSE.txt", "1.png is free\n"),
        ("sizes.tsv", "file_name\ttext\n1.png\t1\n2.png\t2\n"),
    ],
)
def test_what_gives_no_other_labels_is_no_matter(make, name, text):
    folder = make(IMAGES, {name: text})
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert len(find_samples(folder)) == 3
    # The file is counted like any other.
    assert [f"({name})" in str(warning.message) for warning in caught] == [True]


@pytest.mark.parametrize("name", ["classes.csv", "labels.xlsx", "annotations.json", "x.parquet"])
def test_a_table_that_is_not_understood_is_named(make, name):
    folder = make(IMAGES, {name: "what,ever\n0,1\n"})
    with pytest.warns(DataWarning, match=f"{name} beside the images is not used"):
        assert len(find_samples(folder)) == 3


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("labels.csv", "file_name,text\n1.png,ab\n2.png,c,d\n3.png,ef\n", "more cells"),
        ("labels.csv", "file_name,text\n1.png,ab\n2.png,cd\ngone.png,ef\n", "not beside"),
        ("labels.csv", 'file_name,text\n1.png,ab\n2.png,"cd\n', "quotation mark"),
        ("train.csv", "id,label\n1,ab\n2,cd\n3,e,f\n", "more cells"),
        ("labels.txt", "file_name\ttext\n1.png\tab\n2.png\tcd\n3.png\tef\n", "a header"),
        ("labels.txt", "1.png ab\n2.png cd\nef\n", "in line 3"),
        ("labels.jsonl", '{"file_name": "1.png", "text": "ab"}\n{"file_name": "2.png",', "line 2"),
    ],
)
def test_a_table_with_a_mistake_is_refused_too(make, name, text, reason):
    folder = make(IMAGES, {name: text})
    with pytest.raises(DataError, match=f"But correct it first: {name} .*{reason}") as caught:
        find_samples(folder)
    assert caught.value.code == "TABLE_UNUSED"


def test_a_faulty_table_of_the_same_labels_is_only_named(make):
    folder = make(IMAGES, {"sizes.csv": "file_name,text\n1.png,1\n2.png,2\n3.png,3,9\n"})
    with pytest.warns(DataWarning, match=r"sizes\.csv beside the images is not used"):
        assert len(find_samples(folder)) == 3
