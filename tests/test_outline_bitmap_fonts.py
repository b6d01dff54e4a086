"""Bitmap fonts as TrueType fonts: what is drawn at their own size is their pixels."""

import numpy as np
import pytest
from PIL import Image, ImageFont

from scripts.outline_bitmap_fonts import _write


@pytest.fixture
def pixels():
    random = np.random.default_rng(5)
    shapes = {c: (random.random((9, 5)) < 0.5) for c in "ab7+"}
    for shape in shapes.values():
        shape[0, 0] = shape[-1, -1] = True
    return shapes


def test_letters_at_their_own_size_are_their_pixels(tmp_path, pixels):
    glyphs = {
        character: (6, 7, (0, 9), Image.fromarray(np.where(shape, np.uint8(255), np.uint8(0))))
        for character, shape in pixels.items()
    }
    _write(glyphs, "five", tmp_path)
    font = ImageFont.truetype(tmp_path / "pixels-five.ttf", 9)
    assert font.getname() == ("Pixels of five", "Regular")
    assert font.getmetrics() == (7, 2)
    for character, shape in pixels.items():
        mask = font.getmask(character, "L")
        assert font.getlength(character) == 6
        drawn = np.frombuffer(bytes(mask), np.uint8).reshape(mask.size[1], mask.size[0])
        assert (drawn[:9, :5] == np.where(shape, 255, 0)).all()
