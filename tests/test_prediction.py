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
        "refusal": None,
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
        "other_length": None,
    }
    assert json.loads(json.dumps(READING.to_dict())) == READING.to_dict()


@pytest.mark.parametrize("refusal", ["LOW_CONFIDENCE", "NO_TEXT", "UNFAMILIAR_IMAGE"])
def test_a_reading_that_is_not_accepted_says_why(refusal):
    reading = Prediction("a", 0.2, (), 200, 50, refusal=refusal)
    assert not reading.accepted
    assert (reading.to_dict()["accepted"], reading.to_dict()["refusal"]) == (False, refusal)


def test_a_text_of_another_length():
    reading = Prediction("a", 0.6, (), 200, 50, other_length=Alternative("", 0.25))
    assert reading.accepted
    assert reading.to_dict()["other_length"] == {"text": "", "confidence": 0.25}


def test_the_lowest_character():
    assert READING.lowest == READING.characters[1]
    assert Prediction("", 0.9, (), 200, 50).lowest is None
