import json

from captcha_model.errors import ImageError
from captcha_model.prediction import Alternative, Character, Prediction
from captcha_model.tables import CSV_HEADER, csv_row, json_row

READING = Prediction(
    text="ab",
    confidence=0.45,
    characters=(
        Character("a", 0.9, 1.0, 20.123456, (Alternative("b", 0.1),)),
        Character("b", 0.5, None, None),
    ),
    width=200,
    height=50,
)


def test_plain_values_are_the_documented_ones():
    assert READING.to_dict() == {
        "text": "ab",
        "confidence": 0.45,
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
    }
    assert json.loads(json.dumps(READING.to_dict())) == READING.to_dict()


def test_the_lowest_character():
    assert READING.lowest == READING.characters[1]
    assert Prediction("", 0.9, (), 200, 50).lowest is None


def test_rows():
    error = ImageError("Too small.", code="IMAGE_TOO_SMALL")
    empty = Prediction("", 0.9, (), 200, 50)
    assert csv_row("x.png", READING) == ["x.png", "ab", "0.450000", "b", "0.500000", ""]
    assert csv_row("x.png", empty) == ["x.png", "", "0.900000", "", "", ""]
    assert csv_row("x.png", error) == ["x.png", "", "", "", "", "IMAGE_TOO_SMALL: Too small."]
    assert len(CSV_HEADER) == 6
    assert json_row("x.png", READING) == {"file": "x.png", **READING.to_dict()}
    assert json_row("x.png", error) == {
        "file": "x.png",
        "error": {"code": "IMAGE_TOO_SMALL", "message": "Too small."},
    }
