import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

from captcha_model.inference.decoder import Inspection
from captcha_model.prediction import Alternative, Character, Frame, Prediction
from demo.ui.html import (
    TimedReading,
    band,
    percent,
    png_url,
    problem_html,
    result_html,
    threshold_percent,
)

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
        (0.999, "99.9 %"),
        (0.9985, "99.8 %"),
        (0.9994, "> 99.9 %"),
        (0.5, "50.0 %"),
        (0.0004, "< 0.1 %"),
        (0.0009, "< 0.1 %"),
        (0.001, "0.1 %"),
        (0.0, "0.0 %"),
    ],
)
def test_percent_never_rounds_to_certainty(confidence, text):
    assert percent(confidence) == text


@pytest.mark.parametrize(
    ("threshold", "text"),
    [
        (0.0, "0.0 %"),
        (0.973, "97.3 %"),
        (0.9731, "97.3 %"),
        (0.9995, "99.95 %"),
        (0.999999, "99.9999 %"),
        (0.99999999, "almost 100 %"),
        (1.0, "100.0 %"),
    ],
)
def test_a_threshold_never_rounds_to_certainty(threshold, text):
    assert threshold_percent(threshold) == text


def reading(text="<", left=10.0, **settings) -> Prediction:
    right = None if left is None else left + 40
    character = Character(text, 0.99, left, right, (Alternative("&", 0.01),))
    return Prediction(text, 0.99, (character,), 200, 50, **settings)


def rendered(prediction, min_confidence=0.0, heat="", device="CPU") -> str:
    seen, frame = np.ones((1, 1)), Frame(200, 50)
    inspection = Inspection(prediction, seen, frame, "a", True, min_confidence)
    return result_html(TimedReading(inspection, 1.234), "data:,", heat, device)


def texts_of(html: str) -> str:
    return re.sub(r"<[^>]*>", "", html)


def test_a_result_shows_text_tiles_and_spans_and_escapes_them():
    html = rendered(reading(), heat="<i>heat</i>", device=EVIL)
    assert '<div class="cm-text" data-testid="text">&lt;</div>' in html
    assert html.count('data-testid="tile"') == 1
    assert "left:5.00%;width:20.00%" in html
    assert "1.2 ms on &lt;script&gt;" in html
    assert "<b>&amp;</b> 1.0 %" in html
    assert "</div><i>heat</i></div>" in html
    assert "<script>" not in html


def test_without_spans_there_is_no_strip():
    assert "cm-strip" not in rendered(reading(left=None))


def test_an_empty_reading_says_so():
    html = rendered(Prediction("", 0.9, (), 200, 50, rejection_reason="NO_TEXT"))
    assert "no text found" in html
    assert "90.0 % probability that the image has no text" in html


@pytest.mark.parametrize(
    ("rejection_reason", "min_confidence", "said"),
    [
        (None, 0.5, "✓ Accepted"),
        ("LOW_CONFIDENCE", 0.9931, "✕ Not acceptedThe confidence is too low: below 99.3 %."),
        (
            "LOW_CONFIDENCE",
            None,
            "✕ Not acceptedThe confidence is too low: this model has no threshold and accepts no "
            "reading.",
        ),
        (
            "OUT_OF_DISTRIBUTION",
            0.5,
            "✕ Not acceptedThe image or the length of its text is unlike the training images.",
        ),
        ("NO_TEXT", 0.5, "✕ Not acceptedNo text was found."),
        (
            "CONSTRAINT_UNLIKELY",
            0.5,
            "✕ Not acceptedThe image does not fit the characters, length or pattern that are "
            "given or expected.",
        ),
    ],
)
def test_a_badge_says_whether_it_is_accepted_and_why_not(rejection_reason, min_confidence, said):
    html = rendered(reading(rejection_reason=rejection_reason), min_confidence)
    (badge,) = re.findall(r'<div class="cm-facts" data-testid="verdict">(.*?)</div>', html)
    assert texts_of(badge) == said
    assert ("cm-rejected" in html) == (rejection_reason is not None)


def test_the_probability_of_the_options_and_what_they_lack_are_shown():
    html = rendered(reading(constraint_probability=0.0004, warnings=(f"No {EVIL}.",)))
    assert "99.0 % for the whole text, if the options are right" in html
    assert (
        '<span data-testid="constraint">How well the options fit the image: &lt; 0.1 %</span>'
        in html
    )
    assert "No &lt;script&gt;" in html
    assert "<script>" not in html
    plain = rendered(reading())
    assert "if the options are right" not in plain
    assert "How well the options" not in plain


def others(text, confidence, runner_up, length_variant=None) -> str | None:
    prediction = Prediction(
        text, confidence, (), 9, 9, runner_up=runner_up, length_variant=length_variant
    )
    found = re.findall(r'data-testid="other-texts">(.*?)</div>', rendered(prediction))
    return found[0] if found else None


@pytest.mark.parametrize(
    ("confidence", "other", "shown"),
    [
        (0.98, 0.01, True),
        (0.98, 0.0099, False),
        (0.05, 0.005, True),
        (0.05, 0.0049, False),
    ],
)
def test_another_text_is_shown_where_it_is_close(confidence, other, shown):
    """From 1 % on, or from a tenth of the reading's own confidence."""
    assert (others("ab", confidence, Alternative("ac", other)) is not None) == shown


def test_what_is_different_in_another_text_is_marked():
    said = others("aab", 0.5, Alternative("axb", 0.3), Alternative("ab", 0.1))
    assert said == "It could also be <b>a<mark>x</mark>b</b> (30.0 %) or <b>ab</b> (10.0 %)."
    same = Alternative("aaab", 0.3)
    assert others("aab", 0.5, same, same) == "It could also be <b>aa<mark>a</mark>b</b> (30.0 %)."
    assert others("a", 0.5, Alternative("", 0.3)) == "It could also be <b>nothing</b> (30.0 %)."
    assert others("", 0.5, Alternative("<", 0.3)) == (
        "It could also be <b><mark>&lt;</mark></b> (30.0 %)."
    )
    assert others("ab", 0.5, None) is None


def test_a_problem_is_escaped():
    assert "&lt;script&gt;" in problem_html(EVIL)


def test_an_image_becomes_a_data_url():
    image = Image.new("L", (20, 5), 77)
    head, _, data = png_url(image).partition(",")
    assert head == "data:image/png;base64"
    with Image.open(io.BytesIO(base64.b64decode(data))) as found:
        assert (found.size, found.getpixel((0, 0))) == ((20, 5), 77)
