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
    seems_incomplete,
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


def test_a_set_is_incomplete_if_two_characters_occur_once():
    for text, expected in (("", False), ("aabb", False), ("aab", False), ("aabc", True)):
        assert seems_incomplete(Counter(text)) is expected


def test_of_equally_frequent_characters_a_missing_one_is_mostly_noticed():
    random = np.random.default_rng(3)
    missed = noticed = 0
    for _ in range(400):
        counts = Counter("".join(random.choice(list(LOWER), 60)))
        if len(counts) < len(LOWER):
            missed += 1
            noticed += seems_incomplete(counts)
    assert missed > 100
    assert noticed / missed > 0.9
