import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captcha_model.errors import ConstraintError
from captcha_model.inference.option_texts import parse_length, parse_percent


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("5", 5),
        ("0", 0),
        ("4-6", (4, 6)),
        (" 4 - 6 ", (4, 6)),
        ("4-", (4, None)),
        ("-6", (None, 6)),
        ("007", 7),
    ],
)
def test_lengths(text, length):
    assert parse_length(text) == length


@pytest.mark.parametrize(
    "text", ["", "-", "--", "a", "4-a", "4-6-8", "4.5", "+4", "²", "٤", "9" * 10, "1e3"]
)
def test_what_is_not_a_length(text):
    with pytest.raises(ConstraintError, match="not a length such as"):
        parse_length(text)


@given(st.text(max_size=12))
def test_only_what_looks_like_a_length_is_one(text):
    try:
        parse_length(text)
    except ConstraintError:
        assert not re.fullmatch(r"[0-9]{1,9}|[0-9]{1,9}-[0-9]{0,9}|-[0-9]{1,9}", text)
    else:
        assert re.fullmatch(r"\s*([0-9]+\s*(-\s*[0-9]*)?|-\s*[0-9]+)\s*", text)


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("", None),
        (" ", None),
        ("%", None),
        ("0", 0.0),
        ("100", 1.0),
        ("97.5", 0.975),
        ("97,5", 0.975),
        ("97.5 %", 0.975),
        (" 97.5% ", 0.975),
    ],
)
def test_percentages(text, share):
    assert parse_percent(text) == share


@pytest.mark.parametrize("text", ["sure", "101", "-1", "nan", "inf", "9 9", "97.5 %%", "1" * 5000])
def test_what_is_not_a_percentage(text):
    with pytest.raises(ConstraintError, match="not a percentage"):
        parse_percent(text)


@given(st.floats(0, 100))
def test_every_percentage_is_a_number_from_0_to_1(number):
    assert parse_percent(f"{number} %") == float(str(number)) / 100
