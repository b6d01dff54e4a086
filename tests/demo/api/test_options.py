import pytest
from hypothesis import given
from hypothesis import strategies as st

from captcha_model.errors import ConstraintError
from demo.api.options import MAX_CHARACTERS, parse_percent, read_options


def test_what_is_left_empty_says_nothing():
    assert read_options() == {}
    assert read_options("", " ", "", None) == {}
    assert read_options(None, None, None, None) == {}


def test_what_is_filled_in_is_passed_on():
    assert read_options("abc", "4-6", "[a-c]{4}", 0.0) == {
        "charset": "abc",
        "length": (4, 6),
        "pattern": "[a-c]{4}",
        "min_confidence": 0.0,
    }
    assert read_options(charset=" ") == {"charset": " "}


@pytest.mark.parametrize(
    "said",
    [
        {"length": "long"},
        {"min_confidence": 1.01},
        {"min_confidence": -0.01},
        {"min_confidence": float("nan")},
        {"charset": "a" * (MAX_CHARACTERS + 1)},
        {"pattern": "a" * (MAX_CHARACTERS + 1)},
        {"length": "1" * (MAX_CHARACTERS + 1)},
    ],
)
def test_what_makes_no_sense_is_an_error(said):
    with pytest.raises(ConstraintError) as caught:
        read_options(**said)
    assert caught.value.code == "CONSTRAINT_INVALID"
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    ("text", "share"),
    [
        (None, None),
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
def test_percent(text, share):
    assert parse_percent(text) == share


@pytest.mark.parametrize("text", ["sure", "101", "-1", "nan", "inf", "9 9", "97.5 %%", "1" * 5000])
def test_what_is_no_percent(text):
    with pytest.raises(ConstraintError, match="not a number of per cent"):
        parse_percent(text)


@given(st.floats(0, 100))
def test_every_number_of_per_cent_is_a_share(number):
    assert parse_percent(f"{number} %") == float(str(number)) / 100
