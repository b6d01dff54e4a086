import pytest
from PIL import Image, ImageDraw, ImageFont

from captcha_model.data.synthetic.looks.fonts import FontBook
from captcha_model.data.synthetic.looks.legibility import MIN_LEGIBILITY, legibility


def ink(character: str, size: int = 32) -> Image.Image:
    image = Image.new("L", (3 * size, 3 * size))
    ImageDraw.Draw(image).text((size, size), character, 255, ImageFont.load_default(size))
    return image.crop(image.getbbox())


def test_plain_fonts_are_legible():
    assert all(font.legibility > 0.5 for font in FontBook().builtin)


def test_the_size_does_not_matter():
    assert legibility({c: ink(c, 60) for c in "0123ABCabd"}) == 1


@pytest.mark.parametrize("shown", ["*", "moved"])
def test_ornaments_are_not(shown):
    characters = "0123456789ABCDEFGH"
    ornaments = {
        c: ink("*" if shown == "*" else characters[(i + 5) % len(characters)])
        for i, c in enumerate(characters)
    }
    assert legibility(ornaments) < MIN_LEGIBILITY


def test_without_characters():
    assert legibility({}) == 0
    assert legibility({"*": ink("*")}) == 0
