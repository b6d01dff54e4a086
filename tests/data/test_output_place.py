import warnings
from pathlib import Path

import pytest

from captcha_model.data.output_place import check_output
from captcha_model.data.samples import Sample
from captcha_model.errors import DataError, DataWarning

NAMES = [Sample("ab.png", "ab", bytes), Sample("more/cd_2.png", "cd", bytes)]
TABLE = [Sample("0.png", "ab", bytes)]


@pytest.mark.parametrize("place", ["runs/one", "more", "plot.png", "../set/x"])
def test_outputs_among_images_with_names_as_labels_are_refused(tmp_path, place):
    source = tmp_path / "set"
    source.mkdir()
    with pytest.raises(DataError, match="is inside") as caught:
        check_output(source / place, str(source), lambda: NAMES)
    assert caught.value.code == "OUT_INSIDE_DATA"
    check_output(source / place, str(source), lambda: TABLE)


def test_a_link_into_the_source_is_inside(tmp_path):
    (tmp_path / "set" / "runs").mkdir(parents=True)
    (tmp_path / "link").symlink_to("set/runs")
    with pytest.raises(DataError):
        check_output(tmp_path / "link" / "one", str(tmp_path / "set"), lambda: NAMES)


@pytest.mark.parametrize("source", ["", "set.zip", "set", "captcha_images_v2"])
def test_other_places_are_free_and_nothing_is_listed(tmp_path, monkeypatch, source):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "set").mkdir()
    (tmp_path / "set.zip").write_bytes(b"")

    def find():
        pytest.fail("The source is listed.")

    check_output(Path("runs/one"), source, find)
    check_output(tmp_path, source, find)


def test_outputs_beside_a_list_of_labels_only_are_refused(tmp_path):
    labels = tmp_path / "labels.txt"
    labels.write_text("ab\ncd\n")
    with pytest.raises(DataError) as caught:
        check_output(tmp_path / "pv", str(labels), list)
    assert caught.value.code == "OUT_INSIDE_DATA"
    check_output(tmp_path.parent / "pv", str(labels), list)
    labels.write_text("1.png ab\n2.png cd\n")
    check_output(tmp_path / "pv", str(labels), list)


def test_warnings_of_the_listing_are_left_to_its_use(tmp_path):
    def find():
        warnings.warn("2 images", DataWarning, stacklevel=2)
        return TABLE

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_output(tmp_path / "pv", str(tmp_path), find)
