import re
import sys

import pytest

from captcha_model.decoding.letter_case import case_pairs, comparable, in_case, other_case

SIGMA, ALPHA, sigma, alpha, final_sigma = "\u03a3\u0391\u03c3\u03b1\u03c2"
KELVIN, LONG_S, DOTLESS = "\u212a\u017f\u0131"
WITHOUT_ANOTHER = f"ßẞİµǅ7-漢א{final_sigma}{KELVIN}{LONG_S}{DOTLESS}"


def test_the_other_case_leads_back():
    for c in map(chr, range(sys.maxunicode + 1)):
        other = other_case(c)
        if other is not None:
            assert other != c
            assert other_case(other) == c
            # So a pattern that ignores case allows both or none.
            assert re.fullmatch(re.escape(c), other, re.IGNORECASE)


def test_letters_without_a_simple_other_case_stay_as_they_are():
    assert [other_case(c) for c in WITHOUT_ANOTHER] == [None] * len(WITHOUT_ANOTHER)
    assert in_case(WITHOUT_ANOTHER, "lower") == WITHOUT_ANOTHER
    assert in_case(WITHOUT_ANOTHER, "upper") == WITHOUT_ANOTHER


@pytest.mark.parametrize(
    ("text", "lower", "upper"),
    [
        ("aB3", "ab3", "AB3"),
        ("Straße", "straße", "STRAßE"),
        (ALPHA + SIGMA, alpha + sigma, ALPHA + SIGMA),
        ("Ⅳé", "ⅳé", "ⅣÉ"),
        ("", "", ""),
    ],
)
def test_texts_in_one_case(text, lower, upper):
    assert in_case(text, "lower") == comparable(text, "lower") == lower
    assert in_case(text, "upper") == comparable(text, "upper") == upper
    assert in_case(text, "keep") == in_case(text, "ignore") == comparable(text, "keep") == text
    assert comparable(text, "ignore") == lower


def test_pairs_of_a_vocabulary():
    assert case_pairs("aAbCc2") == ((1, 2), (5, 4))
    assert case_pairs("abc2ßİi") == ()
