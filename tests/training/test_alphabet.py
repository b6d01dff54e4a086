from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from captcha_model.training.alphabet import (
    ALPHABETS,
    DIGITS,
    LOWER,
    UPPER,
    characters_of,
    missing_characters,
)


@pytest.mark.parametrize(
    ("alphabet", "expected"),
    [
        ("labels", "27Kab"),
        ("digits", DIGITS + "Kab"),
        ("lower", "27K" + LOWER),
        ("upper", "27" + UPPER + "ab"),
        ("alnum", DIGITS + UPPER + LOWER),
    ],
)
def test_a_class_joins_the_characters_of_the_labels(alphabet, expected):
    assert characters_of(["2aK", "7b"], alphabet) == expected


def test_auto_keeps_the_classes_of_which_characters_seem_to_be_missing():
    few = ["1234", "5678"]  # Each digit once: there are others.
    assert characters_of(few, "auto") == DIGITS
    often = ["1234", "4321", "2143"]
    assert characters_of(often, "auto") == "1234"
    assert characters_of(["ab?", "cd!"], "auto") == "!?" + LOWER
    assert characters_of(["äö", "üß"], "auto") == "ßäöü"


@given(st.lists(st.text("abc12XY", max_size=5), max_size=9), st.sampled_from(ALPHABETS))
def test_every_character_of_the_labels_is_there_once(labels, alphabet):
    found = characters_of(labels, alphabet)
    assert set("".join(labels)) <= set(found)
    assert "".join(sorted(set(found))) == found


def test_the_estimate_is_about_right_where_all_characters_are_equally_frequent():
    random = np.random.default_rng(3)
    errors = []
    for _ in range(200):
        counts = Counter("".join(random.choice(list(LOWER), 60)))
        errors.append(missing_characters(counts) - (len(LOWER) - len(counts)))
    assert abs(np.mean(errors)) < 0.5


def test_nothing_is_missing_where_every_character_is_frequent():
    assert missing_characters(Counter("aabbcc")) == 0
    assert missing_characters(Counter()) == 0
