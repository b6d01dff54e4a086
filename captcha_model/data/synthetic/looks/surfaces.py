"""Drum counters and serial numbers in metal."""

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from captcha_model.data.synthetic.looks.chance import between, happens, pick, whole
from captcha_model.data.synthetic.looks.colours import Colour, Palette, colour_of, draw_palette
from captcha_model.data.synthetic.looks.fonts import FontBook
from captcha_model.data.synthetic.looks.grounds import draw_ground


def draw_drums(text: str, fonts: FontBook, random: np.random.Generator) -> Image.Image:
    """Draw a counter: each digit on a drum of its own, some drums a little turned.

    Args:
        text: digits.
        fonts: one of them is used.
        random: the source of randomness.

    Returns:
        Mode RGB.
    """
    size = whole(random, 16, 44)
    font = fonts.choose("0123456789", random).at(size)
    wide, high = round(size * between(random, 0.75, 1.1)), round(size * between(random, 1.15, 1.5))
    gap, margin = whole(random, 1, max(2, size // 4)), whole(random, 2, 10)
    palette = draw_palette(random, 0.7)
    red = whole(random, 0, 3) if happens(random, 0.4) else 0
    case = Image.new(
        "RGB",
        (len(text) * (wide + gap) - gap + 2 * margin, high + 2 * margin),
        colour_of(between(random, 20, 220), random),
    )
    shade = _drum_shade(wide, high, between(random, 0.2, 0.7))
    for i, character in enumerate(text):
        on_red = i >= len(text) - red and len(text) > red
        ground: Colour = (170, 20, 25) if on_red else palette.ground
        ink: Colour = (250, 250, 245) if on_red else palette.text
        drum = Image.new("RGB", (wide, high), ground)
        turned = between(random, -0.13, 0.13) * high
        for step in (-1, 0, 1):
            digit = str((int(character) + step) % 10)
            place = (wide / 2, high / 2 + turned + step * high)
            ImageDraw.Draw(drum).text(place, digit, ink, font, anchor="mm")
        black = Image.new("RGB", drum.size)
        case.paste(Image.composite(drum, black, shade), (margin + i * (wide + gap), margin))
    return case


def _drum_shade(wide: int, high: int, strength: float) -> Image.Image:
    """Return how light a drum is, mode L: darker to the top and the bottom."""
    across = np.linspace(-1, 1, high) ** 2
    rows = np.rint(255 * (1 - strength * across)).astype(np.uint8)
    return Image.fromarray(np.repeat(rows[:, None], wide, axis=1))


def draw_serial(text: str, fonts: FontBook, random: np.random.Generator) -> Image.Image:
    """Draw a serial number that is pressed into a surface, or out of it.

    Its edges have a light and a dark side; its face has nearly the colour of the surface.

    Args:
        text: any characters.
        fonts: one of them is used.
        random: the source of randomness.

    Returns:
        Mode RGB.
    """
    size = whole(random, 18, 44)
    font = fonts.choose(text, random).at(size)
    spaced = between(random, 0.08, 0.25) * size
    widths = [font.getlength(character) + spaced for character in text]
    margin = round(size * between(random, 0.3, 0.7))
    wide = round(sum(widths) - spaced) + 2 * margin
    high = round(size * between(random, 1.4, 2))
    level = between(random, 80, 180)
    grey = round(level), round(level), round(level)
    metal = grey if happens(random, 0.7) else colour_of(level, random)
    palette = Palette(metal, text=(0, 0, 0), dark_ground=False)
    surface = draw_ground("metal", (wide, high), palette, random)
    depth = between(random, 0.7, 1 + size / 30) * pick(random, (-1, 1))
    darker = between(random, 0.75, 1)
    face = tuple(round(darker * channel) for channel in metal)
    y = high / 2 - _middle(text, font)
    draw = ImageDraw.Draw(surface)
    sides = ((-depth, (245, 245, 240)), (depth, (15, 15, 20)), (0.0, face))
    for shift, colour in sides:
        x = float(margin)
        for character, width in zip(text, widths, strict=True):
            draw.text((x + shift, y + shift), character, colour, font, anchor="ls")
            x += width
    return surface


def _middle(text: str, font: ImageFont.FreeTypeFont) -> float:
    """Return the middle row of a text's ink, from the baseline."""
    _, top, _, bottom = font.getbbox(text, anchor="ls")
    return (top + bottom) / 2
