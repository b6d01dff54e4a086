from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from captcha_model.errors import ImageError
from captcha_model.inference.rows import ReadingRow
from captcha_model.prediction import Character, Prediction
from demo.ui.html import percent_number
from demo.ui.table import COLUMNS, rows_to_csv, summary, table_row, write_csv

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


def cells(row: ReadingRow) -> dict[str, object]:
    headings = [heading for heading, _, _ in COLUMNS]
    return dict(zip(headings, table_row(row, None), strict=True))


def test_rows_say_whether_a_reading_is_accepted_and_why_not():
    assert cells(ACCEPTED) == {
        "image": "",
        "file": "a.png",
        "text": "a",
        "value": "",
        "confidence %": 98.7,
        "accepted": "yes",
        "lowest": "a",
        "lowest %": 99.9,
        "model": "",
        "note": "",
    }
    assert [cells(row)["accepted"] for row in (UNSURE, STRANGE, EMPTY, UNLIKELY, BAD)] == [
        *["no"] * 4,
        "",
    ]
    assert [cells(row)["note"] for row in (UNSURE, STRANGE, EMPTY, UNLIKELY, BAD)] == [
        "The confidence is too low",
        "The image or the length of its text is unlike the training images",
        "No text was found",
        "The image does not fit the characters, length or pattern given",
        "Not an image.",
    ]
    assert cells(EMPTY)["lowest %"] is None


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([ACCEPTED], "1 image read."),
        ([ACCEPTED, BAD], "1 image read, 1 could not be read."),
        ([BAD], "0 images read, 1 could not be read."),
        ([ACCEPTED, UNSURE], "2 images read; 1 of the readings was rejected."),
        (
            [UNSURE, STRANGE, BAD],
            "2 images read, 1 could not be read; 2 of the readings were rejected.",
        ),
    ],
)
def test_the_summary_counts(rows, said):
    assert summary(rows) == said


def test_a_value_has_a_column():
    row = ReadingRow("a.png", Prediction("12+8=?", 1.0, (), 9, 9, value=20))
    assert (cells(row)["text"], cells(row)["value"], cells(BAD)["value"]) == ("12+8=?", "20", "")


def test_the_summary_says_how_many_images_a_warning_is_about():
    assert summary([ACCEPTED, UNLIKELY, BAD]).endswith(
        'data-testid="warning">1 of 2 images: It lacks &lt;b&gt;.</p>'
    )


def test_the_summary_has_each_warning_once():
    assert summary([UNLIKELY, UNLIKELY]) == (
        "2 images read; 2 of the readings were rejected.\n\n"
        '<p class="cm-note" role="status" data-testid="warning">It lacks &lt;b&gt;.</p>'
    )


@given(st.floats(0, 1))
def test_percent_is_rounded_down(confidence):
    assert 100 * confidence - 0.1001 <= percent_number(confidence) <= 100 * confidence + 1e-9


def test_a_thumbnail_is_shown_with_the_escaped_name():
    shown, *_ = table_row(ReadingRow('"<', ACCEPTED.result), Image.new("L", (160, 40)))
    assert shown.startswith('<img src="data:image/png;base64,')
    assert shown.endswith('alt="&quot;&lt;">')


def test_rows_become_csv_and_names_are_quoted():
    lines = rows_to_csv([ACCEPTED, BAD, ReadingRow('a,"b".png', ACCEPTED.result)]).split("\r\n")
    assert lines[0].startswith("file,text,value,")
    assert "IMAGE_UNREADABLE" in lines[2]
    assert lines[3].startswith('"a,""b"".png",a,,')
    assert len(lines) == 5


def test_the_csv_opens_in_a_spreadsheet(tmp_path):
    written = Path(write_csv([ACCEPTED, BAD], tmp_path)).read_bytes()
    assert written.startswith(b"\xef\xbb\xbffile,text,value,confidence,accepted,")
    assert written.count(b"\r\n") == 3
