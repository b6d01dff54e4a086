"""The size of an image and its ground."""

import math
from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from PIL import Image, ImageDraw

from captcha_model.data.synthetic.looks.chance import between, happens, pick, whole
from captcha_model.data.synthetic.looks.colours import Palette

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
        shape: "wide" for an image that the text fills, "square", "large" for one with room
            around its text, or "strip" for one that is up to 700 pixels wide and not high.
        length: the number of characters, which bounds the size from below.
        random: the source of randomness.
    """
    if shape == "square":
        side = whole(random, max(64, 14 * length), 240)
        return side, round(side * between(random, 0.7, 1.15))
    if shape == "strip":
        height = whole(random, 50, 110)
        least = max(150, round(MIN_RATIO * height), 22 * length)
        return whole(random, least, MAX_STRIP_WIDTH), height
    if shape == "large":
        width = whole(random, max(160, 24 * length), MAX_WIDTH)
        return width, round(min(200, width / between(random, MIN_RATIO, 3.5)))
    least = max(MIN_WIDTH, _WIDTH_OF_A_CHARACTER * length)
    width = least * (MAX_WIDTH / least) ** float(random.random())
    # A text that fills the height would be far narrower than a very wide image.
    natural = width / (length * _WIDTH_TO_HEIGHT)
    height = natural * between(random, 0.9, 1.8)
    low, high = max(_MIN_HEIGHT, width / MAX_RATIO), min(_MAX_HEIGHT, width / MIN_RATIO)
    return round(width), round(min(max(high, _MIN_HEIGHT), max(low, height)))


def draw_ground(
    kind: str, size: Size, palette: Palette, random: np.random.Generator
) -> Image.Image:
    """Return the ground of an image, mode RGB.

    Args:
        kind: one of `GROUNDS`.
        size: width and height in pixels.
        palette: its ground colour is the one on average.
        random: the source of randomness.

    Raises:
        KeyError: the kind is unknown.
    """
    return GROUNDS[kind](size, palette, random)


def _flat(size: Size, palette: Palette, _: np.random.Generator) -> Image.Image:
    return Image.new("RGB", size, palette.ground)


def _gradient(size: Size, palette: Palette, random: np.random.Generator) -> Image.Image:
    ramp = Image.linear_gradient("L") if happens(random, 0.7) else Image.radial_gradient("L")
    ramp = ramp.rotate(90 * whole(random, 0, 3)).resize(size, Image.Resampling.BILINEAR)
    one, other = (Image.new("RGB", size, palette.another_ground(random, 35)) for _ in range(2))
    return Image.composite(one, other, ramp)


def _noise(size: Size, palette: Palette, random: np.random.Generator) -> Image.Image:
    """Noise of any grain: single pixels, or clouds of a few."""
    grain = pick(random, (1, 1, 2, 4, 8))
    filters = (Image.Resampling.NEAREST, Image.Resampling.BILINEAR, Image.Resampling.BICUBIC)
    strength, resampling = between(random, 10, 60), pick(random, filters)
    channels = pick(random, (1, 3))
    small = (size[1] // grain + 1, size[0] // grain + 1, channels)
    noise = (random.random(small, dtype=np.float32) - 0.5) * strength
    pixels = np.clip(noise + np.asarray(palette.ground, np.float32), 0, 255).astype(np.uint8)
    image = Image.fromarray(pixels)
    return image.resize(size, resampling) if grain > 1 else image.crop((0, 0, *size))


def _patches(size: Size, palette: Palette, random: np.random.Generator) -> Image.Image:
    ground = Image.new("RGB", size, palette.ground)
    draw = ImageDraw.Draw(ground)
    for _ in range(whole(random, 3, 14)):
        x, y = between(random, -0.2, 1) * size[0], between(random, -0.2, 1) * size[1]
        wide, high = (between(random, 0.1, 0.6) * side for side in size)
        shape = pick(random, (draw.rectangle, draw.ellipse))
        shape((x, y, x + wide, y + high), fill=palette.another_ground(random, 40))
    return ground


def _grid(size: Size, palette: Palette, random: np.random.Generator) -> Image.Image:
    ground = Image.new("RGB", size, palette.ground)
    draw = ImageDraw.Draw(ground)
    colour = palette.another_ground(random, 60)
    step, thick = whole(random, 4, 20), whole(random, 1, 2)
    for x in range(whole(random, 0, step), size[0], step):
        draw.line((x, 0, x, size[1]), colour, thick)
    for y in range(whole(random, 0, step), size[1], step):
        draw.line((0, y, size[0], y), colour, thick)
    return ground


def _hatching(size: Size, palette: Palette, random: np.random.Generator) -> Image.Image:
    ground = Image.new("RGB", size, palette.ground)
    draw = ImageDraw.Draw(ground)
    colour = palette.another_ground(random, 60)
    step, thick = whole(random, 3, 14), whole(random, 1, 2)
    lean = size[1] * math.tan(between(random, -1.1, 1.1))
    for x in range(-abs(round(lean)), size[0] + abs(round(lean)), step):
        draw.line((x, 0, x + lean, size[1]), colour, thick)
    return ground


def _metal(size: Size, palette: Palette, random: np.random.Generator) -> Image.Image:
    """A brushed surface: noise along the rows."""
    rows = random.normal(0, between(random, 3, 10), (size[1], 1, 1))
    grain = random.normal(0, 3, (size[1], size[0] // 8 + 1, 1)).repeat(8, axis=1)[:, : size[0]]
    pixels = np.clip(rows + grain + palette.ground, 0, 255).astype(np.uint8)
    return Image.fromarray(pixels)


GROUNDS: dict[str, Callable[[Size, Palette, np.random.Generator], Image.Image]] = {
    "flat": _flat,
    "gradient": _gradient,
    "noise": _noise,
    "patches": _patches,
    "grid": _grid,
    "hatching": _hatching,
    "metal": _metal,
}
