import re
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from captcha_model.inference.decoder import Inspection
from captcha_model.prediction import Character, Frame, Prediction
from demo.ui.heatmap import MAX_ROWS, MIN_PROBABILITY, choose_rows, heatmap_html
from tests.conftest import EXAMPLES

MANY = "abcdefghijklmnopqrstuvwxyz0123456789"


WHOLE = Frame(200, 50)


def inspect(
    probabilities, characters=(), frame=WHOLE, known="abc", left_to_right=True
) -> Inspection:
    """An inspection of characters that stand where `spans` may put them."""
    text = "".join(c.text for c in characters)
    reading = Prediction(text, 0.5, tuple(characters), frame.width, frame.height)
    values = np.asarray(probabilities, np.float64)
    return Inspection(reading, values, frame, known, left_to_right, 0.0)


def parse(html: str) -> ElementTree.Element:
    """Parse what is as strict as XML, but for the one attribute without a value."""
    return ElementTree.fromstring(html.replace('<details class="cm-seen" open>', "<details>"))


def rects(root: ElementTree.Element, kind: str) -> list[dict[str, str]]:
    return [r.attrib for r in root.iter("rect") if r.get("class") == f"cm-{kind}"]


def names(root: ElementTree.Element) -> list[str]:
    (found,) = [e for e in root.iter("div") if e.get("class") == "cm-names"]
    return [span.text for span in found]


# Four steps of the classes "no character", a, b and c: b is read at the second and third step.
FOUR = [[0.995, 0.004, 0.001, 0], [0.1, 0.1, 0.8, 0], [0.3, 0, 0.7, 0], [1, 0, 0, 0]]
B = Character("b", 0.8, 50.0, 150.0)


def test_cells_lie_where_and_as_strong_as_the_probabilities_say():
    root = parse(heatmap_html(inspect(FOUR, [B])))
    assert root.find(".//svg").get("viewBox") == "0 0 4 3"
    assert names(root) == ["a", "b", "∅"]
    cells = [(c["x"], c["y"], c["fill-opacity"]) for c in rects(root, "cell")]
    assert cells == [("1", "0.05", "0.32"), ("1", "1.05", "0.89"), ("2", "1.05", "0.84")]
    assert [c["x"] for c in rects(root, "blank")] == ["0", "1", "2", "3"]
    titles = [t.text for t in root.iter("title")]
    assert titles[:2] == ["step 2: a 10.0 %", "step 2: b 80.0 %"]
    assert titles[-1] == "step 4: no character 100.0 %"


def test_a_frame_stands_over_its_span_in_its_row():
    root = parse(heatmap_html(inspect(FOUR, [B])))
    (frame,) = rects(root, "frame")
    assert [frame[k] for k in ("x", "y", "width", "height")] == ["1.000", "1", "2.000", "1"]
    (between,) = rects(root, "between")
    assert [between[k] for k in ("x", "y", "width", "height")] == ["1.000", "0", "2.000", "3"]


def test_steps_over_the_padding_are_not_under_the_image():
    inspection = inspect(FOUR, [B._replace(left=100.0, right=200.0)], Frame(200, 50, 0.5))
    root = parse(heatmap_html(inspection))
    assert root.find(".//svg").get("viewBox") == "0 0 2 3"
    assert {c["x"] for c in rects(root, "cell") + rects(root, "blank")} == {"0", "1"}
    (frame,) = rects(root, "frame")
    assert (frame["x"], frame["width"]) == ("1.000", "1.000")


def test_steps_lie_under_the_part_of_the_image_that_is_seen():
    frame = Frame(400, 50, left=100, right=300)
    html = heatmap_html(inspect(FOUR, [B._replace(left=150.0, right=250.0)], frame))
    root = parse(html)
    # Four steps of 50 pixels, behind a margin of two steps' width and before another.
    assert root.find(".//svg").get("viewBox") == "-2 0 8 3"
    assert {c["x"] for c in rects(root, "blank")} == {"0", "1", "2", "3"}
    (marked,) = rects(root, "frame")
    assert (marked["x"], marked["width"]) == ("1.000", "2.000")
    assert "b 80.0 % at step 2." in html


def test_positions_have_numbers_and_no_frames():
    character = Character("b", 0.8, None, None)
    root = parse(heatmap_html(inspect(FOUR, [character], left_to_right=False)))
    assert not rects(root, "frame") + rects(root, "between")
    (positions,) = [e for e in root.iter("div") if e.get("class") == "cm-positions"]
    assert [span.text for span in positions] == ["1", "2", "3", "4"]
    assert "4 positions of the text" in "".join(root.itertext())
    assert "Framed" not in "".join(root.itertext())


@pytest.mark.parametrize(
    ("characters", "left_to_right", "words"),
    [
        ([B], True, "Probabilities of characters at 4 steps: b 80.0 % at step 2."),
        (
            [Character("b", 0.8, None, None)] * 2,
            False,
            "Probabilities of characters at 4 positions: b 80.0 % at position 2, b 70.0 % at "
            "position 3.",
        ),
        ([], True, "No character was read at any of 4 steps."),
    ],
)
def test_the_heat_map_is_described_in_words(characters, left_to_right, words):
    html = heatmap_html(inspect(FOUR, characters, left_to_right=left_to_right))
    (picture,) = [e for e in parse(html).iter("div") if e.get("role") == "img"]
    assert picture.get("aria-label") == words


def test_a_character_is_described_where_it_was_read_and_not_where_it_is_likeliest():
    seen = [[0, 1.0], [1, 0], [0.4, 0.6], [1, 0]]
    characters = [Character("a", 1, 0.0, 50.0), Character("a", 0.6, 100.0, 150.0)]
    html = heatmap_html(inspect(seen, characters, known="a"))
    assert "a 100.0 % at step 1, a 60.0 % at step 3." in html


def test_names_are_escaped_and_spaces_seen():
    seen = [[0, 0.3, 0.3, 0.2, 0.2]]
    html = heatmap_html(inspect(seen, [Character("<", 1, 0.0, 200.0)], known='<&" '))
    assert names(parse(html)) == ["<", "&", '"', "␣", "∅"]


def test_what_is_left_out_is_said():
    seen = np.full((1, len(MANY) + 1), 1 / (len(MANY) + 1))
    html = heatmap_html(inspect(seen, known=MANY))
    assert len(names(parse(html))) == MAX_ROWS + 1
    assert f"{len(MANY) - MAX_ROWS} less likely ones are left out" in html


rows = st.lists(
    st.lists(st.sampled_from([0, 0.001, MIN_PROBABILITY, 0.02, 0.3]), min_size=37, max_size=37),
    min_size=1,
)


@pytest.mark.slow
@given(rows, st.text(MANY, max_size=30))
def test_rows_are_the_text_s_and_the_likeliest_others(seen, text):
    seen = np.array(seen)
    ids, left_out = choose_rows(seen, text, MANY)
    peaks = {i: max(step[i] for step in seen) for i in range(1, 37)}
    read = {MANY.index(c) + 1 for c in text}
    worth = {i for i, peak in peaks.items() if peak >= MIN_PROBABILITY} | read
    assert ids == sorted(set(ids))
    assert read <= set(ids) <= worth
    assert len(ids) + left_out == len(worth)
    assert len(ids) == max(len(read), min(MAX_ROWS, len(worth)))
    assert all(
        peaks[shown] >= peaks[hidden] for shown in set(ids) - read for hidden in worth - set(ids)
    )


@pytest.mark.slow
@given(rows)
def test_every_probability_worth_a_cell_in_a_row_has_one(seen):
    root = parse(heatmap_html(inspect(seen, known=MANY)))
    ids, _ = choose_rows(np.array(seen), "", MANY)
    expected = sum(step[i] >= MIN_PROBABILITY for step in seen for i in ids)
    assert len(rects(root, "cell")) == expected
    assert all(0 < float(c["fill-opacity"]) <= 1 for c in rects(root, "cell"))


def test_the_bundled_model_s_own_picture(model):
    inspection = model.inspect(EXAMPLES / "1.png")
    root = parse(heatmap_html(inspection))
    assert set(inspection.reading.text) <= set(names(root))
    assert len(rects(root, "frame")) == len(inspection.reading.text)
    words = next(e.get("aria-label") for e in root.iter("div") if e.get("role") == "img")
    assert re.findall(r"(\w) [>\d. ]+% at step", words) == list(inspection.reading.text)
