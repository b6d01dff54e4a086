import json
import typing

import pytest

from captcha_model.prediction import Alternative, Character, Prediction, RejectionReason

READING = Prediction(
    text="ab",
    confidence=0.45,
    characters=(
        Character("a", 0.9, 1.0, 20.123456, (Alternative("b", 0.1),)),
        Character("b", 0.5, None, None),
    ),
    width=200,
    height=50,
    runner_up=Alternative("bb", 0.1234567),
)


def test_plain_values_are_the_documented_ones():
    assert READING.to_dict() == {
        "text": "ab",
        "value": None,
        "confidence": 0.45,
        "accepted": True,
        "rejection_reason": None,
        "constraint_probability": None,
        "characters": [
            {
                "text": "a",
                "confidence": 0.9,
                "left": 1.0,
                "right": 20.12,
                "alternatives": [{"text": "b", "confidence": 0.1}],
            },
            {"text": "b", "confidence": 0.5, "left": None, "right": None, "alternatives": []},
        ],
        "runner_up": {"text": "bb", "confidence": 0.123457},
        "length_variant": None,
        "warnings": [],
        "model": None,
    }
    assert json.loads(json.dumps(READING.to_dict())) == READING.to_dict()


def test_a_constraint_adds_its_probability_and_its_warnings():
    reading = Prediction("a", 0.9, (), 2, 1, constraint_probability=1 / 3, warnings=("No x.",))
    assert reading.to_dict()["constraint_probability"] == 0.333333
    assert reading.to_dict()["warnings"] == ["No x."]


@pytest.mark.parametrize("rejection_reason", typing.get_args(RejectionReason))
def test_a_reading_that_is_not_accepted_says_why(rejection_reason):
    reading = Prediction("a", 0.2, (), 200, 50, rejection_reason=rejection_reason)
    assert not reading.accepted
    assert (reading.to_dict()["accepted"], reading.to_dict()["rejection_reason"]) == (
        False,
        rejection_reason,
    )


def test_a_text_of_another_length():
    reading = Prediction("a", 0.6, (), 200, 50, length_variant=Alternative("", 0.25))
    assert reading.accepted
    assert reading.to_dict()["length_variant"] == {"text": "", "confidence": 0.25}


def test_the_lowest_character():
    assert READING.lowest == READING.characters[1]
    assert Prediction("", 0.9, (), 200, 50).lowest is None
