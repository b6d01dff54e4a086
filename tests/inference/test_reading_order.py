from dataclasses import replace

import numpy as np
import pytest

from captcha_model import networks
from captcha_model.config import CaptchaConfig
from captcha_model.errors import ConstraintError
from captcha_model.inference.decoder import Decoder
from captcha_model.inference.options import ReadingOptions
from captcha_model.prediction import Frame

VISUAL = CaptchaConfig("12אב", height=16, width=64)
LOGICAL = replace(VISUAL, reading_order="logical")
PIXELS = np.zeros((1, 16, 64, 1), np.uint8)
PIXELS[0, 0, 0] = 1  # An image of a single colour has no text.


def read(config: CaptchaConfig, picture: str, **options):
    """Read logits that show the characters of a picture from left to right."""
    steps = networks.time_steps(config)
    logits = np.zeros((1, steps, config.vocabulary.classes))
    logits[0, :, 0] = 6
    for k, character in enumerate(picture):
        logits[0, 1 + 3 * k, config.characters.index(character) + 1] = 12
    decoder = Decoder(config, networks.describe(config), ReadingOptions(**options))
    (reading,) = decoder.decode(PIXELS, logits, [Frame(200, 50)])
    return reading


def test_texts_are_in_logical_order_and_spans_stay_where_the_characters_are():
    seen, reading = read(VISUAL, "12בא"), read(LOGICAL, "12בא")
    assert (seen.text, reading.text) == ("12בא", "אב12")
    assert "".join(c.text for c in reading.characters) == reading.text
    assert sorted(reading.characters, key=lambda c: c.left) == list(seen.characters)
    assert reading.confidence == seen.confidence
    # א is the first character and stands at the right end of the picture.
    assert reading.characters[0].right == max(c.right for c in reading.characters)


def test_other_texts_are_in_logical_order_too():
    reading = read(LOGICAL, "12בא")
    seen = read(VISUAL, "12בא")
    for name in ("runner_up", "length_variant"):
        ours, picture = getattr(reading, name), getattr(seen, name)
        assert ours.confidence == picture.confidence
        assert LOGICAL.vocabulary.in_reading_order(picture.text) == ours.text
        assert ours.text != picture.text


def test_a_charset_and_a_length_work_and_a_pattern_is_refused():
    assert read(LOGICAL, "12בא", charset="12אב", length=4).text == "אב12"
    with pytest.raises(ConstraintError, match="order of the picture"):
        read(LOGICAL, "12בא", pattern=r"[אב]{2}\d{2}")
    assert read(VISUAL, "12בא", pattern=r"\d{2}[אב]{2}").text == "12בא"


def test_targets_are_in_the_order_of_the_picture():
    vocabulary = LOGICAL.vocabulary
    assert vocabulary.encode("אב12") == VISUAL.vocabulary.encode("12בא") == [1, 2, 4, 3]
    assert vocabulary.decode([1, 2, 0, 4, 3]) == "אב12"
    assert vocabulary.reading_order == "logical"
    assert vocabulary != VISUAL.vocabulary
    assert repr(vocabulary) == "Vocabulary('12אב', 'logical')"
