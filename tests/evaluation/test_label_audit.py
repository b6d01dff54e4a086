import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captcha_model.evaluation.label_audit import (
    CSV_HEADER,
    AlignedCharacter,
    ranked,
    suspect,
    to_text,
)
from captcha_model.metrics.text import edit_distance
from captcha_model.prediction import Alternative, Character, Prediction

texts = st.text("abc", max_size=5)


def reading(text: str, confidence: float = 0.9, other: Alternative | None = None) -> Prediction:
    characters = tuple(Character(c, 0.5 + 0.1 * i, None, None) for i, c in enumerate(text))
    return Prediction(text, confidence, characters, 200, 50, runner_up=other)


def test_another_reading_is_compared_with_the_label():
    found = suspect("1.png", "abc", reading("abd", 0.8), math.log(0.1))
    assert (found.contradicted, found.other) == (True, "abd")
    assert found.disagreement == pytest.approx(math.log(8))
    assert found.differences == (AlignedCharacter(3, "c", "d", 0.7),)
    assert [str(d) for d in found.differences] == ["3: c read as d (70.0%)"]


def test_if_the_label_is_read_the_runner_up_is_compared_with_it():
    found = suspect("1.png", "ab", reading("ab", 0.8, Alternative("aab", 0.2)), math.log(0.8))
    assert (found.contradicted, found.other, found.differences) == (False, "aab", ())
    assert found.disagreement == pytest.approx(-math.log(4))


def test_without_another_text_there_is_no_disagreement():
    found = suspect("1.png", "a", reading("a", 1.0), 0.0)
    assert (found.disagreement, found.other) == (-math.inf, None)
    assert found.csv_row() == ["1.png", "a", "a", "-inf", "-inf", "0.0000", "1.000000", "", ""]


def test_an_unreadable_label_has_the_strongest_disagreement():
    found = [
        suspect("1.png", "a", reading("b", 1.0), -80.0),
        suspect("2.png", "aaaaa", reading("b", 0.5), -math.inf),
    ]
    assert [s.name for s in ranked(found)] == ["2.png", "1.png"]


def test_missing_and_added_characters_have_positions():
    def differences(label: str, text: str) -> list[str]:
        return [str(d) for d in suspect("", label, reading(text), -1.0).differences]

    assert differences("abc", "ac") == ["2: b not read"]
    assert differences("ac", "abc") == ["before 2: b (60.0%) added"]
    assert differences("ab", "abc") == ["before 3: c (70.0%) added"]
    assert differences("a", "") == ["1: a not read"]


@given(texts.filter(bool), texts)
def test_the_alignment_spells_the_label_and_the_reading(label, text):
    found = suspect("", label, reading(text, 0.9, Alternative("d", 0.1)), -1.0)
    alignment = found.alignment
    assert "".join(p.expected for p in alignment) == label
    assert "".join(p.read for p in alignment) == text
    assert len(found.differences) == edit_distance(label, text)
    confidences = [p.confidence for p in alignment if p.read]
    assert confidences == [c.confidence for c in found.reading.characters]
    assert [p.position for p in alignment if p.expected] == list(range(1, len(label) + 1))


@given(texts.filter(bool), texts, st.floats(1e-9, 1.0), st.floats(1e-9, 1.0))
def test_the_disagreement_is_positive_if_a_more_probable_text_is_read(label, text, p, q):
    higher, other = max(p, q), min(p, q)
    read = reading(text, higher, Alternative("d", other))
    found = suspect("", label, read, math.log(higher if label == text else other))
    assert (found.disagreement >= 0) if found.contradicted else (found.disagreement <= 0)
    assert math.exp(abs(found.log_ratio)) == pytest.approx(higher / other)
    edits = edit_distance(label, found.other)
    assert found.disagreement * edits == pytest.approx(found.log_ratio)


def test_one_sure_difference_ranks_above_several_unsure_ones():
    sure = suspect("1.png", "abc", reading("abd", 0.9), math.log(0.01))
    unsure = suspect("2.png", "abc", reading("bad", 0.9), math.log(0.002))
    assert sure.log_ratio < unsure.log_ratio
    assert ranked([unsure, sure]) == [sure, unsure]


def test_an_illegible_image_ranks_below_a_wrong_label():
    illegible = suspect("1.png", "abc", reading("abb", 2e-9), math.log(1e-9))
    plain = suspect("2.png", "abc", reading("abd", 0.9), math.log(0.01))
    assert illegible.log_probability < plain.log_probability
    assert ranked([illegible, plain]) == [plain, illegible]


def test_equal_disagreements_are_sorted_by_name():
    one = suspect("b", "a", reading("b"), -1.0)
    found = [one, replace(one, name="c"), replace(one, name="a"), replace(one, log_ratio=9.0)]
    assert [s.name for s in ranked(found)] == ["b", "a", "b", "c"]


def test_a_table_row_and_the_text():
    found = [
        suspect("n.png", "an", reading("am", 0.8), math.log(0.001)),
        suspect("e.png", "a", reading("", 0.5), math.log(0.25)),
        suspect("x.png", "ab", reading("ab", 0.9, Alternative("b", 0.01)), math.log(0.9)),
    ]
    row = dict(zip(CSV_HEADER, found[0].csv_row(), strict=True))
    assert row == {
        "file": "n.png",
        "label": "an",
        "reading": "am",
        "disagreement": "6.6846",
        "log_ratio": "6.6846",
        "label_log_probability": "-6.9078",
        "reading_confidence": "0.800000",
        "other": "am",
        "differences": "2: n read as m (60.0%)",
    }
    assert to_text(found, limit=2).splitlines() == [
        "image  label  reading  disagreement  differences",
        "n.png  an     am       6.7           2: n read as m (60.0%)",
        "e.png  a      nothing  0.7           1: a not read",
        "",
        "2 of 3 readings differ from the label.",
    ]
