"""Seven-segment and dot-matrix displays."""

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from captcha_model.data.synthetic.looks.chance import between, happens, whole
from captcha_model.data.synthetic.looks.colours import Colour, Palette, draw_palette
from captcha_model.data.synthetic.looks.fonts import FontBook

# Which of the segments are lit: top, upper right, lower right, bottom, lower left, upper left,
# middle.
_SEGMENTS = {
    **{"0": "abcdef", "1": "bc", "2": "abged", "3": "abgcd", "4": "fgbc", "5": "afgcd"},
    **{"6": "afgecd", "7": "abc", "8": "abcdefg", "9": "abcdfg"},
}


def draw_segments(text: str, random: np.random.Generator) -> Image.Image:
    """Draw a number on a seven-segment display, light on dark or dark on light.

    Args:
        text: digits and points.
        random: the source of randomness.

    Returns:
        Mode RGB.
    """
    palette = draw_palette(random, 0.6)
    unlit = _mixed(palette.ground, palette.text, between(random, 0, 0.16))
    wide = whole(random, 10, 30)
    high, thick = round(wide * between(random, 1.6, 2)), max(2, round(wide / between(random, 5, 8)))
    gap = thick + whole(random, 2, max(2, wide // 3))
    lean = between(random, 0, 0.15)
    digits = sum(character != "." for character in text)
    margin = whole(random, 4, 12) + round(lean * high)
    size = (digits * (wide + gap) - gap + 2 * margin + 2 * thick, high + 2 * margin)
    image = Image.new("RGB", size, palette.ground)
    draw = ImageDraw.Draw(image)
    x, y = margin, margin
    for character in text:
        if character == ".":
            left, foot = x - (gap + thick) / 2, y + high
            draw.ellipse((left, foot - thick, left + thick, foot), fill=palette.text)
            continue
        lit = _SEGMENTS[character]
        # The lit segments come last, so that no unlit one covers their ends.
        for segment in sorted("abcdefg", key=lit.__contains__):
            colour = palette.text if segment in lit else unlit
            corners = _corners(segment, wide, high, thick)
            slanted = [(x + a + lean * (high - b), y + b) for a, b in corners]
            draw.polygon(slanted, fill=colour)
        x += wide + gap
    return image


def _corners(segment: str, wide: int, high: int, thick: int) -> list[tuple[float, float]]:
    """Return the six corners of a segment in an upright digit."""
    half, gap = thick / 2, max(0.5, thick / 8)
    if segment in "agd":
        middle = {"a": half, "g": high / 2, "d": high - half}[segment]
        left, right = half + gap, wide - half - gap
        return [
            *((left, middle), (left + half, middle - half), (right - half, middle - half)),
            *((right, middle), (right - half, middle + half), (left + half, middle + half)),
        ]
    column = half if segment in "ef" else wide - half
    upper, lower = (half, high / 2) if segment in "fb" else (high / 2, high - half)
    upper, lower = upper + gap, lower - gap
    return [
        *((column, upper), (column + half, upper + half), (column + half, lower - half)),
        *((column, lower), (column - half, lower - half), (column - half, upper + half)),
    ]


def draw_dot_matrix(text: str, fonts: FontBook, random: np.random.Generator) -> Image.Image:
    """Draw a text on a dot-matrix display: a font's pixels as round or square dots.

    Args:
        text: any characters that the built-in fonts have.
        fonts: a built-in font gives the pixels.
        random: the source of randomness.

    Returns:
        Mode RGB.
    """
    font = fonts.plain(text).at(whole(random, 11, 14))
    widths = [round(font.getlength(character)) + 1 for character in text]
    ascent, descent = font.getmetrics()
    bits = Image.new("1", (sum(widths) + 3, ascent + descent + 2))
    draw = ImageDraw.Draw(bits)
    draw.fontmode = "1"
    x = 2
    for character, width in zip(text, widths, strict=True):
        draw.text((x, 1), character, 1, font)
        x += width
    pixels = np.asarray(bits)
    rows = np.flatnonzero(pixels.any(axis=1))
    pixels = np.pad(pixels[rows[0] : rows[-1] + 1], ((2, 2), (0, 0)))
    return _as_dots(pixels, draw_palette(random, 0.7), random)


def _as_dots(
    pixels: npt.NDArray[np.bool_], palette: Palette, random: np.random.Generator
) -> Image.Image:
    pitch = whole(random, 3, max(3, min(6, 400 // pixels.shape[1])))
    dot = Image.new("L", (4 * pitch, 4 * pitch))
    reach = 4 * pitch - 1 - whole(random, 1, 4)
    shape = ImageDraw.Draw(dot)
    (shape.ellipse if happens(random, 0.6) else shape.rectangle)((0, 0, reach, reach), fill=255)
    kernel = np.asarray(dot.resize((pitch, pitch), Image.Resampling.BOX))
    unlit = _mixed(palette.ground, palette.text, between(random, 0, 0.15))
    ground = Image.new("RGB", (pixels.shape[1] * pitch, pixels.shape[0] * pitch), palette.ground)
    everywhere = Image.fromarray(np.kron(np.ones_like(pixels, np.uint8), kernel))
    ground.paste(unlit, (0, 0), everywhere)
    ground.paste(palette.text, (0, 0), Image.fromarray(np.kron(pixels.astype(np.uint8), kernel)))
    return ground


def _mixed(one: Colour, other: Colour, share: float) -> Colour:
    """Return a colour with a share from 0 to 1 of the other one."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue
