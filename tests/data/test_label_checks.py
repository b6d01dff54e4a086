import warnings

import pytest

from captcha_model.data.loading import summarize_labels
from captcha_model.data.samples import LabelledImages, Sample
from captcha_model.data.sources import find_samples
from captcha_model.errors import DataError, DataWarning


def samples(*labels: str) -> list[Sample]:
    return [Sample(f"{i}.png", label, bytes) for i, label in enumerate(labels)]


def test_labels_are_composed(tmp_path):
    decomposed = "cafe\u0301"
    assert samples(decomposed)[0].label == "café"
    assert LabelledImages(None, (decomposed,), ("0.png",)).labels == ("café",)
    (tmp_path / f"{decomposed}.png").write_bytes(b"x")
    assert [sample.label for sample in find_samples(tmp_path)] == ["café"]
    assert summarize_labels(samples(decomposed)).vocabulary.characters == "acfé"
    given = summarize_labels(samples("é"), "e\u0301a").vocabulary
    assert given.characters == "éa"


@pytest.mark.parametrize(
    ("label", "mark"),
    [
        ("กิ", r"1.png \(U\+0E34 THAI CHARACTER SARA I\)"),
        ("कि", r"1.png \(U\+093F DEVANAGARI VOWEL SIGN I\)"),
        ("x\u0301", r"1.png \(U\+0301 COMBINING ACUTE ACCENT\)"),
        ("שּׁ", r"1.png \(U\+05BC HEBREW POINT DAGESH OR MAPIQ, U\+05C1"),
        ("1\ufe0f\u20e3", r"1.png \(U\+FE0F VARIATION SELECTOR-16, U\+20E3"),
    ],
)
def test_combining_marks_are_refused_with_the_name_of_the_file(label, mark):
    with pytest.raises(DataError, match=rf"1 labels have combining marks.*{mark}") as caught:
        summarize_labels(samples("ab", label))
    assert caught.value.code == "LABEL_COMBINING"


def test_characters_that_are_not_printable_are_named_with_their_file():
    with pytest.raises(DataError, match=r"1.png \(U\+200D ZERO WIDTH JOINER, U\+0007\)") as caught:
        summarize_labels(samples("ab", "a\u200db\a"))
    assert caught.value.code == "LABEL_OUT_OF_VOCABULARY"


def test_right_to_left_letters_without_a_chosen_order_are_a_warning():
    labels = samples("ab", "אב", "رس1")
    with pytest.warns(DataWarning, match=r"2 labels have right-to-left letters \(1.png, 2.png\)"):
        summarize_labels(labels, reading_order=None)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        summarize_labels(labels, reading_order="visual")
        summarize_labels(labels, reading_order="logical")
        summarize_labels(samples("ab"), reading_order=None)


def test_labels_that_may_be_drawn_in_several_ways_have_no_logical_order():
    labels = samples("אב", "א1-2")
    with pytest.raises(DataError, match=r"unclear how 1 labels are drawn: 1.png \('-'") as caught:
        summarize_labels(labels, reading_order="logical")
    assert caught.value.code == "LABEL_DIRECTION"
    summarize_labels(labels, reading_order="visual")
