"""Clutter all over an image: static, rings and lines at equal distances, beams, spots, bars."""

import math
from functools import partial

import numpy as np
from PIL import ImageDraw

from captcha_model.data.synthetic.looks.canvas import Size
from captcha_model.data.synthetic.looks.chance import between, happens, pick, whole
from captcha_model.data.synthetic.looks.colours import Colour
from captcha_model.data.synthetic.looks.strokes import specks

static = partial(specks, share=(0.12, 0.4))


def ripples(
    draw: ImageDraw.ImageDraw, size: Size, colour: Colour, random: np.random.Generator
) -> None:
    """Thin circles, ellipses or boxes around one point, at equal distances."""
    wide, high = size
    x, y = between(random, 0.35, 0.65) * wide, between(random, 0.35, 0.65) * high
    step = between(random, 4, max(5.0, high / 5))
    shape = pick(random, (draw.ellipse, draw.ellipse, draw.rectangle))
    flat = high / wide if happens(random, 0.5) else 1.0
    reach = 0.6 * (wide if flat < 1 else math.hypot(wide, high))
    for radius in np.arange(step, reach, step).tolist():
        shape((x - radius, y - radius * flat, x + radius, y + radius * flat), outline=colour)


def mesh(
    draw: ImageDraw.ImageDraw, size: Size, colour: Colour, random: np.random.Generator
) -> None:
    """Thin lines at equal distances along the rows, along the columns, slanted or not, or both."""
    wide, high = size
    kind = pick(random, ("rows", "columns", "both", "both"))
    if kind != "columns":
        step = whole(random, 4, max(5, high // 4))
        for y in range(whole(random, 0, step), high, step):
            draw.line((0, y, wide, y), colour)
    if kind != "rows":
        step = whole(random, 8, max(9, high // 3))
        lean = round(high * between(random, -0.7, 0.7)) if happens(random, 0.5) else 0
        _slanted(draw, size, colour, step, lean, random)


def hatch(
    draw: ImageDraw.ImageDraw, size: Size, colour: Colour, random: np.random.Generator
) -> None:
    """Thin parallel lines all over."""
    step = max(5, round(size[1] * between(random, 0.1, 0.35)))
    lean = round(size[1] * between(random, -1.5, 1.5))
    _slanted(draw, size, colour, step, lean, random)


def _slanted(
    draw: ImageDraw.ImageDraw,
    size: Size,
    colour: Colour,
    step: int,
    lean: int,
    random: np.random.Generator,
) -> None:
    """Draw thin lines from top to bottom, each `step` pixels right of the one before."""
    wide, high = size
    for x in range(-abs(lean) - whole(random, 0, step), wide + abs(lean), step):
        draw.line((x, 0, x + lean, high), colour)


def beams(
    draw: ImageDraw.ImageDraw, size: Size, colour: Colour, random: np.random.Generator
) -> None:
    """Two to five straight lines of any direction through the whole image."""
    wide, high = size
    thick = whole(random, 1, max(1, round(min(high, wide / 3) / 22)))
    for _ in range(whole(random, 2, 5)):
        turn = between(random, 0, math.pi)
        x, y = between(random, 0, 1) * wide, between(random, 0, 1) * high
        right, down = (wide + high) * math.cos(turn), (wide + high) * math.sin(turn)
        draw.line((x - right, y - down, x + right, y + down), colour, thick)


def bubbles(
    draw: ImageDraw.ImageDraw, size: Size, colour: Colour, random: np.random.Generator
) -> None:
    """Discs or squares of many sizes, from a dot to a part of a letter."""
    shape = pick(random, (draw.ellipse, draw.ellipse, draw.rectangle))
    high = min(size[1], size[0] / 3)
    largest = between(random, 0.015, 0.05) * high
    for x, y in (random.random((whole(random, 5, 60), 2)) * size).tolist():
        radius = 0.5 + largest * float(random.random()) ** 2
        shape((x - radius, y - radius, x + radius, y + radius), fill=colour)


def bars(
    draw: ImageDraw.ImageDraw, size: Size, colour: Colour, random: np.random.Generator
) -> None:
    """One or two short thick strokes of any direction."""
    reach = min(size[1], size[0] / 3)
    for _ in range(whole(random, 1, 2)):
        x, y = (between(random, 0, 1) * side for side in size)
        turn, half = between(random, 0, math.pi), between(random, 0.1, 0.5) * reach
        right, down = half * math.cos(turn), half * math.sin(turn)
        thick = max(1, round(between(random, 0.02, 0.07) * reach))
        draw.line((x - right, y - down, x + right, y + down), colour, thick)
