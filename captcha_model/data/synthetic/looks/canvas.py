"""The size of an image."""

from typing import TypeAlias

import numpy as np

from captcha_model.data.synthetic.looks.chance import between, whole

Size: TypeAlias = tuple[int, int]

MIN_WIDTH, MAX_WIDTH = 20, 400
MAX_STRIP_WIDTH = 700
MIN_RATIO, MAX_RATIO = 1.5, 7.0
_MAX_HEIGHT = 140
_MIN_HEIGHT = 13
_WIDTH_OF_A_CHARACTER = 9  # The least, in pixels, for a text that a person can read.
_WIDTH_TO_HEIGHT = 0.6  # Of a usual character.


def draw_size(shape: str, length: int, random: np.random.Generator) -> Size:
    """Return a random width and height in pixels.

    Args:
        shape: "wide" for an image that the text fills, "roomy" for one that is never small,
            "small" for one of at most 40 rows that the text fills, "square", "large" for one with
            room around its text, or "strip" for one that is up to 700 pixels wide and not high.
        length: the number of characters, which bounds the size from below.
        random: the source of randomness.
    """
    if shape == "square":
        side = whole(random, max(64, 14 * length), 240)
        return side, round(side * between(random, 0.7, 1.15))
    if shape == "small":
        height = whole(random, 20, 40)
        ratio = between(random, 0.45, 0.8) * length
        return round(height * min(MAX_RATIO, max(MIN_RATIO, ratio))), height
    if shape == "strip":
        height = whole(random, 50, 110)
        least = max(150, round(MIN_RATIO * height), 22 * length)
        return whole(random, least, MAX_STRIP_WIDTH), height
    if shape == "large":
        width = whole(random, max(160, 24 * length), MAX_WIDTH)
        return width, round(min(200, width / between(random, MIN_RATIO, 3.5)))
    of_a_character = 2 * _WIDTH_OF_A_CHARACTER if shape == "roomy" else _WIDTH_OF_A_CHARACTER
    least = max(MIN_WIDTH, of_a_character * length)
    width = least * (MAX_WIDTH / least) ** float(random.random())
    # A text that fills the height would be far narrower than a very wide image.
    natural = width / (length * _WIDTH_TO_HEIGHT)
    height = natural * between(random, 0.9, 1.8)
    low, high = max(_MIN_HEIGHT, width / MAX_RATIO), min(_MAX_HEIGHT, width / MIN_RATIO)
    return round(width), round(min(max(high, _MIN_HEIGHT), max(low, height)))
