import warnings

import pytest
from PIL import Image

from captcha_model.data.file_names import hint_of
from captcha_model.data.source_options import SourceOptions
from captcha_model.data.sources import find_samples
from captcha_model.errors import DataError, DataWarning

LABELS = ["AbC1", "9xyz", "k3m7", "QQ12", "7h2w", "zz9a"]


def labels_by(regex, stems, tmp_path):
    for stem in stems:
        Image.new("L", (20, 10)).save(tmp_path / f"{stem}.png")
    samples = find_samples(tmp_path, SourceOptions(label_regex=regex))
    return {sample.name: sample.label for sample in samples}


@pytest.mark.parametrize(
    ("regex", "stem"),
    [
        (r"(.+)_\d+", "AbC1_0001"),
        (r"\d+_(.+)", "17_AbC1"),
        (r"(.+)-\d+", "AbC1-0"),
        (r"(.+) \(\d+\)", "AbC1 (1)"),
        (r"(?P<number>\d+)_(?P<label>.+)", "17_AbC1"),
        (r"(?P<label>.+?)(_[0-9a-f]{8})?", "AbC1_0a1b2c3d"),
        (r"(?P<label>.+?)(_[0-9a-f]{8})?", "AbC1"),
    ],
)
def test_a_label_by_a_regular_expression(tmp_path, regex, stem):
    assert labels_by(regex, [stem], tmp_path) == {f"{stem}.png": "AbC1"}


def test_a_name_that_does_not_match_as_a_whole_is_named(tmp_path):
    with pytest.raises(DataError, match=r"1 of 2 file names do not match .*: AbC\.$") as caught:
        labels_by("([a-z]+)", ["abc", "AbC"], tmp_path)
    assert caught.value.code == "FILE_NAME_INVALID"


@pytest.mark.parametrize(
    ("form", "option"),
    [
        ("{label}_{n:04}", "--label-suffix"),
        ("a_{label}_{n:04}", r"--label-regex '(.+)_\d+'"),
        ("{label}-{n}", r"--label-regex '(.+)-\d+'"),
        ("{label} ({n})", r"--label-regex '(.+?) ?\(\d+\)'"),
        ("{label}({n})", r"--label-regex '(.+?) ?\(\d+\)'"),
        ("{n}_{label}", r"--label-regex '\d+_(.+)'"),
        ("{n:05}-{label}", r"--label-regex '\d+-(.+)'"),
        ("{label}_0a1b2c3d4{n}", "--label-suffix"),
        ("0a1b2c3d-0a1b-4a1b-8a1b-0a1b2c3d4e5{n}_{label}", "--label-regex"),
    ],
)
def test_many_names_of_one_form_get_the_option_that_reads_them(tmp_path, form, option):
    stems = [form.format(label=label, n=n) for n, label in enumerate(LABELS, 1)]
    hint = hint_of(stems)
    assert hint is not None and option in hint
    assert repr(stems[-1]) in hint and "zz9a" in hint
    regex = hint.partition("--label-regex '")[2].removesuffix("'")
    if regex:
        labels = labels_by(regex, stems, tmp_path)
        assert [labels[f"{s}.png"].removeprefix("a_") for s in stems] == LABELS


@pytest.mark.parametrize(
    "stems",
    [
        LABELS,
        ["2b827", "m47dx", "c_4", "ab", "x9", "yy"],
        ["AbC1_0001", "9xyz_0002"],
        ["0387", "9912", "4410", "5123", "7001"],
    ],
)
def test_names_that_are_labels_get_no_hint(stems):
    assert hint_of(stems) is None


@pytest.mark.parametrize("first", [0, 1, 500])
def test_running_numbers_are_probably_no_labels(first):
    assert "running numbers" in str(hint_of([f"{first + n:05}" for n in range(30)]))


def test_the_hint_is_a_warning_and_an_option_silences_it(tmp_path):
    for n, label in enumerate(LABELS):
        Image.new("L", (20, 10)).save(tmp_path / f"{label}_{n:04}.png")
    with pytest.warns(DataWarning, match="6 of 6 file names have the form LABEL_NUMBER"):
        find_samples(tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        find_samples(tmp_path, SourceOptions(label_suffix=True))
        find_samples(tmp_path, SourceOptions(label_regex="(.+)"))
