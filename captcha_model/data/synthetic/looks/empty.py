"""Images without any text: grounds, clutter, textures and figures."""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

import numpy as np
from PIL import Image, ImageDraw

from captcha_model.data.synthetic.looks.camera import photograph
from captcha_model.data.synthetic.looks.canvas import Size
from captcha_model.data.synthetic.looks.chance import between, happens, pick, whole
from captcha_model.data.synthetic.looks.colours import Colour, colour_of
from captcha_model.data.synthetic.looks.composition import compose
from captcha_model.data.synthetic.looks.families import CAPTCHAS
from captcha_model.data.synthetic.looks.fonts import FontBook

_Figure: TypeAlias = Callable[[ImageDraw.ImageDraw, Size, Colour, np.random.Generator], None]

_FIGURES_SHARE = 0.5
_TEXTURED = 0.3
_PHOTOGRAPHED = 0.15


def draw_empty(fonts: FontBook, random: np.random.Generator) -> Image.Image:
    """Draw the ground and the clutter of any family of captchas, often with figures; mode RGB."""
    family = pick(random, tuple(CAPTCHAS.values()))
    if happens(random, _TEXTURED):
        family = replace(family, grounds=("texture",))
    image = compose("", family, fonts, random)
    if happens(random, _FIGURES_SHARE):
        draw = ImageDraw.Draw(image)
        for _ in range(whole(random, 1, 6)):
            colour = colour_of(between(random, 0, 255), random)
            pick(random, FIGURES)(draw, image.size, colour, random)
    return photograph(image, random) if happens(random, _PHOTOGRAPHED) else image


def _box(size: Size, random: np.random.Generator) -> tuple[float, float, float, float]:
    """Return the left, top, right and bottom of a figure, which may reach over the frame."""
    x, y = (between(random, -0.2, 0.9) * side for side in size)
    wide, high = (between(random, 0.15, 0.8) * size[1] for _ in range(2))
    return x, y, x + wide, y + high


def _polygon(
    draw: ImageDraw.ImageDraw, size: Size, colour: Colour, random: np.random.Generator
) -> None:
    """A filled shape with three to eight corners, often like a star."""
    left, top, right, bottom = _box(size, random)
    corners = whole(random, 3, 8)
    inner = between(random, 0.3, 1)
    points = []
    for i in range(2 * corners):
        turn, reach = math.pi * i / corners, (inner if i % 2 else 1.0) / 2
        x = (left + right) / 2 + reach * (right - left) * math.cos(turn)
        points.append((x, (top + bottom) / 2 + reach * (bottom - top) * math.sin(turn)))
    draw.polygon(points, fill=colour)


def _disc(
    draw: ImageDraw.ImageDraw, size: Size, colour: Colour, random: np.random.Generator
) -> None:
    """An ellipse, or a slice of one."""
    box = _box(size, random)
    if happens(random, 0.5):
        draw.ellipse(box, fill=colour)
    else:
        start = between(random, 0, 360)
        draw.pieslice(box, start, start + between(random, 30, 250), fill=colour)


def _bars(
    draw: ImageDraw.ImageDraw, size: Size, colour: Colour, random: np.random.Generator
) -> None:
    """Bars of one width and any height, as in a diagram or a bar code."""
    left, top, _, bottom = _box(size, random)
    step = whole(random, 2, 12)
    same = happens(random, 0.4)
    for i in range(whole(random, 3, 14)):
        x = left + i * step * between(random, 1, 1.4)
        high = top if same else between(random, top, bottom)
        draw.rectangle((x, high, x + step // 2, bottom), fill=colour)


def _chequers(
    draw: ImageDraw.ImageDraw, size: Size, colour: Colour, random: np.random.Generator
) -> None:
    """A field of small squares, every other one or any of them filled."""
    left, top, right, bottom = _box(size, random)
    side = whole(random, 3, 10)
    regular = happens(random, 0.5)
    for i in range(min(20, int((right - left) / side) + 1)):
        for j in range(min(20, int((bottom - top) / side) + 1)):
            if (i + j) % 2 if regular else happens(random, 0.5):
                x, y = left + i * side, top + j * side
                draw.rectangle((x, y, x + side - 1, y + side - 1), fill=colour)


def _scribble(
    draw: ImageDraw.ImageDraw, size: Size, colour: Colour, random: np.random.Generator
) -> None:
    """A line that wanders about."""
    steps = random.normal(0, 0.12 * size[1], (whole(random, 30, 120), 2))
    path = np.cumsum(0.5 * (steps[:-1] + steps[1:]), axis=0)
    path += random.random(2) * size
    draw.line([tuple(point) for point in path.tolist()], colour, whole(random, 1, 4))


FIGURES: tuple[_Figure, ...] = (_polygon, _disc, _bars, _chequers, _scribble)
