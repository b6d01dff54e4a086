"""Dot-matrix displays."""

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from captcha_model.data.synthetic.looks.chance import between, happens, whole
from captcha_model.data.synthetic.looks.colours import Palette, draw_palette, mixed
from captcha_model.data.synthetic.looks.fonts import FontBook


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
    unlit = mixed(palette.ground, palette.text, between(random, 0, 0.15))
    ground = Image.new("RGB", (pixels.shape[1] * pitch, pixels.shape[0] * pitch), palette.ground)
    everywhere = Image.fromarray(np.kron(np.ones_like(pixels, np.uint8), kernel))
    ground.paste(unlit, (0, 0), everywhere)
    ground.paste(palette.text, (0, 0), Image.fromarray(np.kron(pixels.astype(np.uint8), kernel)))
    return ground
