import json

import pytest

from captcha_model.prediction import Alternative, Character, Prediction

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
        "confidence": 0.45,
        "accepted": True,
        "rejection_reason": None,
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
    }
    assert json.loads(json.dumps(READING.to_dict())) == READING.to_dict()


@pytest.mark.parametrize("rejection_reason", ["LOW_CONFIDENCE", "NO_TEXT", "OUT_OF_DISTRIBUTION"])
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
