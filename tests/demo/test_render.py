import pytest
from PIL import Image

from captcha_model.errors import ImageError
from captcha_model.prediction import Alternative, Character, Prediction
from demo.reading import Row, TimedReading, band, read_rows, read_timed, rows_to_csv
from demo.render import percent, preview, render_problem, render_reading
from tests.conftest import EXAMPLES

EVIL = '<script>alert("x")</script>'


def test_bands():
    assert [band(c) for c in (1, 0.95, 0.9499, 0.7, 0.6999, 0)] == [
        "high",
        "high",
        "medium",
        "medium",
        "low",
        "low",
    ]


@pytest.mark.parametrize(
    ("confidence", "text"),
    [
        (1.0, "100.0 %"),
        (0.99951, "> 99.9 %"),
        (0.9994, "99.9 %"),
        (0.5, "50.0 %"),
        (0.0004, "< 0.1 %"),
        (0.0005, "0.1 %"),
        (0.0, "0.0 %"),
    ],
)
def test_percent_never_rounds_to_certainty(confidence, text):
    assert percent(confidence) == text


def reading(text="<", left=10.0) -> Prediction:
    right = None if left is None else left + 40
    character = Character(text, 0.99, left, right, (Alternative("&", 0.01),))
    return Prediction(text, 0.99, (character,), 200, 50)


def test_a_result_shows_text_tiles_and_spans_and_escapes_them():
    html = render_reading(TimedReading(reading(), 1.234), "data:,", EVIL)
    assert '<div class="cm-text" data-testid="text">&lt;</div>' in html
    assert html.count('data-testid="tile"') == 1
    assert "left:5.00%;width:20.00%" in html
    assert "1.2 ms on &lt;script&gt;" in html
    assert "<b>&amp;</b> 1.0 %" in html
    assert "<script>" not in html


def test_without_spans_there_is_no_strip():
    assert "cm-strip" not in render_reading(TimedReading(reading(left=None), 1), "data:,", "CPU")


def test_an_empty_reading_says_so():
    html = render_reading(TimedReading(Prediction("", 0.9, (), 200, 50), 1), "data:,", "CPU")
    assert "nothing to read" in html


def test_a_problem_is_escaped():
    assert "&lt;script&gt;" in render_problem(EVIL)


def test_a_preview_is_small(tmp_path):
    path = tmp_path / "large.png"
    Image.new("L", (2000, 500)).save(path)
    assert len(preview(str(path))) < 20_000
    assert preview(str(path)).startswith("data:image/png;base64,")


def test_rows_keep_order_and_errors(model, tmp_path):
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"x")
    rows = list(read_rows(model, [str(EXAMPLES / "1.png"), str(bad), str(EXAMPLES / "2.png")]))
    assert [row.name for row in rows] == ["1.png", "bad.png", "2.png"]
    assert isinstance(rows[1].result, ImageError)
    lines = rows_to_csv(rows).split("\r\n")
    assert lines[0].startswith("file,text,")
    assert "IMAGE_FORMAT" in lines[2]
    assert len(lines) == 5


def test_names_are_quoted_in_csv():
    assert '"a,""b"".png"' in rows_to_csv([Row('a,"b".png', reading())])


def test_reading_is_timed(model):
    timed = read_timed(model, str(EXAMPLES / "1.png"))
    assert timed.milliseconds > 0
    assert timed.reading == model.predict(EXAMPLES / "1.png")
