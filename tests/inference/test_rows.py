import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from captcha_model.errors import ImageError
from captcha_model.inference.rows import ReadingRow
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
    runner_up=Alternative("aa", 0.25),
    rejection_reason="LOW_CONFIDENCE",
    constraint_probability=0.9999999,
    model="general",
)
EMPTY = Prediction("", 0.9, (), 200, 50, rejection_reason="NO_TEXT")
ERROR = ImageError("Too small.", code="IMAGE_TOO_SMALL")


def row(result) -> dict[str, str]:
    return dict(zip(ReadingRow.CSV_HEADER, ReadingRow("x.png", result).to_csv(), strict=True))


def test_a_reading_fills_a_row():
    assert row(READING) == {
        "file": "x.png",
        "text": "ab",
        "value": "",
        "confidence": "0.450000",
        "accepted": "false",
        "rejection_reason": "LOW_CONFIDENCE",
        "constraint_probability": "1.000000",
        "lowest_character": "b",
        "lowest_confidence": "0.500000",
        "runner_up": "aa",
        "runner_up_confidence": "0.250000",
        "warnings": "",
        "model": "general",
        "error": "",
    }


def test_what_there_is_none_of_is_empty():
    filled = {
        "file": "x.png",
        "confidence": "0.900000",
        "accepted": "false",
        "rejection_reason": "NO_TEXT",
    }
    assert row(EMPTY) == {**dict.fromkeys(ReadingRow.CSV_HEADER, ""), **filled}
    accepted = row(Prediction("a", 1.0, (Character("a", 1.0, 0.0, 1.0),), 1, 1))
    assert (accepted["accepted"], accepted["rejection_reason"], accepted["runner_up"]) == (
        "true",
        "",
        "",
    )


def test_a_value_and_warnings_have_columns():
    filled = row(Prediction("1-9", 1.0, (), 1, 1, value=-8, warnings=("One.", "Two.")))
    assert (filled["value"], filled["warnings"]) == ("-8", "One. Two.")


def test_an_error_fills_only_the_last_column():
    filled = {"file": "x.png", "error": "IMAGE_TOO_SMALL: Too small."}
    assert row(ERROR) == {**dict.fromkeys(ReadingRow.CSV_HEADER, ""), **filled}


def test_json_rows():
    assert ReadingRow("x.png", READING).to_dict() == {"file": "x.png", **READING.to_dict()}
    assert ReadingRow("x.png", ERROR).to_dict() == {
        "file": "x.png",
        "error": {"code": "IMAGE_TOO_SMALL", "message": "Too small."},
    }


@given(st.text(), st.text(min_size=1), st.floats(0, 1))
def test_every_row_comes_back_out_of_csv(name, text, confidence):
    characters = tuple(Character(c, confidence, None, None) for c in text)
    other = Alternative(text[1:], confidence)
    reading = Prediction(text, confidence, characters, 9, 9, runner_up=other)
    table = io.StringIO(newline="")
    csv.writer(table).writerow(ReadingRow(name, reading).to_csv())
    table.seek(0)
    assert list(csv.reader(table)) == [ReadingRow(name, reading).to_csv()]
