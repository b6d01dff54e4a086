from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from captcha_model.errors import ImageError
from captcha_model.inference.rows import ReadingRow
from captcha_model.prediction import Character, Prediction
from demo.ui.html import percent_number
from demo.ui.table import COLUMNS, csv_line, table_row

ACCEPTED = ReadingRow("a.png", Prediction("a", 0.9876, (Character("a", 0.9996, 0.0, 9.0),), 9, 9))
UNSURE = ReadingRow(
    "b.png",
    Prediction("b", 0.5, (Character("b", 0.5, 0.0, 9.0),), 9, 9, rejection_reason="LOW_CONFIDENCE"),
)
STRANGE = ReadingRow(
    "c.png", Prediction("c", 0.5, (), 9, 9, rejection_reason="OUT_OF_DISTRIBUTION")
)
EMPTY = ReadingRow("d.png", Prediction("", 1.0, (), 9, 9, rejection_reason="NO_TEXT"))
UNLIKELY = ReadingRow(
    "f.png",
    Prediction(
        "f",
        1.0,
        (),
        9,
        9,
        rejection_reason="CONSTRAINT_UNLIKELY",
        constraint_probability=0.001,
        warnings=("It lacks <b>.",),
    ),
)
BAD = ReadingRow("e.png", ImageError("Not an image."))


def test_rows_say_whether_a_reading_is_accepted_and_why_not():
    row = table_row(ACCEPTED, None)
    assert {column.key: row[column.key] for column in COLUMNS} == {
        "file": "a.png",
        "text": "a",
        "value": None,
        "confidence": 98.7,
        "accepted": "yes",
        "lowest": "a",
        "lowest_confidence": 99.9,
        "model": None,
        "note": "",
    }
    shown = [table_row(each, None) for each in (ACCEPTED, UNSURE, STRANGE, EMPTY, UNLIKELY, BAD)]
    assert [each["kind"] for each in shown] == ["accepted", *["rejected"] * 4, "unreadable"]
    assert [each["accepted"] for each in shown] == ["yes", *["no"] * 4, None]
    assert [each["note"] for each in shown] == [
        "",
        "The confidence is too low",
        "The image or the length of its text is unlike the training images",
        "No text was found",
        "The image does not fit the characters, length or pattern that are given or expected",
        "Not an image.",
    ]
    assert table_row(EMPTY, None)["lowest_confidence"] is None


def test_a_row_has_its_value_and_its_warnings():
    row = ReadingRow("a.png", Prediction("12+8=?", 1.0, (), 9, 9, value=20, warnings=("A.", "A.")))
    assert (table_row(row, None)["value"], table_row(row, None)["warnings"]) == (20, ["A."])
    assert (table_row(BAD, None)["value"], table_row(BAD, None)["warnings"]) == (None, [])


@given(st.floats(0, 1))
def test_percent_is_rounded_down(confidence):
    assert 100 * confidence - 0.1001 <= percent_number(confidence) <= 100 * confidence + 1e-9


def test_a_thumbnail_is_a_data_url():
    url = table_row(ACCEPTED, Image.new("L", (160, 40)))["thumbnail"]
    assert url.startswith("data:image/png;base64,")
    assert table_row(BAD, None)["thumbnail"] is None


def test_rows_become_csv_and_names_are_quoted():
    line = table_row(ReadingRow('a,"b".png', ACCEPTED.result), None)["csv"]
    assert line.startswith('"a,""b"".png",a,,')
    assert "IMAGE_UNREADABLE" in table_row(BAD, None)["csv"]
    assert csv_line([*ReadingRow.CSV_HEADER]).startswith("file,text,value,")
