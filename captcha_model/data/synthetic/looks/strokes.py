"""More clutter: strokes that get thinner, lines of any direction, dashes, dense specks."""

import math
from functools import partial

import numpy as np
from PIL import ImageDraw

from captcha_model.data.synthetic.looks.canvas import Size
from captcha_model.data.synthetic.looks.chance import between, happens, whole
from captcha_model.data.synthetic.looks.colours import Colour


def taper(
    draw: ImageDraw.ImageDraw, size: Size, colour: Colour, random: np.random.Generator
) -> None:
    """A curve from side to side whose thickness changes, at most that of a bold letter."""
    wide, high = size
    ends = between(random, -0.05, 0.2) * wide, between(random, 0.8, 1.05) * wide
    heights = [between(random, 0.05, 0.95) * high for _ in range(3)]
    thick = min(high, wide / 3) / between(random, 12, 36)
    least = between(random, 0.1, 1)
    thin_left = happens(random, 0.5)
    upper, lower = [], []
    for step in range(17):
        t = step / 16
        x = ends[0] + (ends[1] - ends[0]) * t
        y = (1 - t) ** 2 * heights[0] + 2 * t * (1 - t) * heights[1] + t * t * heights[2]
        half = max(0.5, thick * (least + (1 - least) * (t if thin_left else 1 - t)) / 2)
        upper.append((x, y - half))
        lower.append((x, y + half))
    draw.polygon([*upper, *reversed(lower)], fill=colour)


def chords(
    draw: ImageDraw.ImageDraw, size: Size, colour: Colour, random: np.random.Generator
) -> None:
    """One or two lines from one half of the image to the other, across or down."""
    wide, high = size
    for _ in range(whole(random, 1, 2)):
        start, end = (
            (between(random, low, low + 0.5), between(random, 0, 1)) for low in (0.0, 0.5)
        )
        if happens(random, 0.4):
            start, end = start[::-1], end[::-1]
        thick = whole(random, 1, max(1, round(min(high, wide / 3) / 14)))
        draw.line((start[0] * wide, start[1] * high, end[0] * wide, end[1] * high), colour, thick)


def dashes(
    draw: ImageDraw.ImageDraw, size: Size, colour: Colour, random: np.random.Generator
) -> None:
    """Many strokes that are hardly longer than thick, all of one direction."""
    thick = whole(random, 1, max(2, round(size[1] / 18)))
    turn = between(random, 0, math.pi)
    reach = between(random, 0.5, 2) * thick
    right, down = reach * math.cos(turn), reach * math.sin(turn)
    for x, y in (random.random((whole(random, 10, 140), 2)) * size).tolist():
        draw.line((x, y, x + right, y + down), colour, thick)


def specks(
    draw: ImageDraw.ImageDraw,
    size: Size,
    colour: Colour,
    random: np.random.Generator,
    *,
    share: tuple[float, float] = (0.005, 0.06),
) -> None:
    """Single pixels, on a share of the image within these bounds."""
    count = round(size[0] * size[1] * between(random, *share))
    points = (random.random((count, 2)) * size).astype(int)
    draw.point(points.ravel().tolist(), colour)


snow = partial(specks, share=(0.04, 0.14))


def pepper(
    draw: ImageDraw.ImageDraw, size: Size, colour: Colour, random: np.random.Generator
) -> None:
    """Dense single pixels, and one to three thin lines and arcs from side to side."""
    wide, high = size
    for _ in range(whole(random, 1, 3)):
        ends = between(random, -0.3, 0.2) * wide, between(random, 0.8, 1.3) * wide
        top, bottom = (between(random, 0, 1) * high for _ in range(2))
        if happens(random, 0.5):
            draw.line((ends[0], top, ends[1], bottom), colour)
        else:
            box = (ends[0], top, ends[1], top + between(random, 0.3, 1.2) * high)
            start = between(random, 0, 360)
            draw.arc(box, start, start + between(random, 120, 360), colour)
    snow(draw, size, colour, random)


def hairlines(
    draw: ImageDraw.ImageDraw, size: Size, colour: Colour, random: np.random.Generator
) -> None:
    """One to three thin curves over the whole width, each bent twice at most."""
    wide, high = size
    for _ in range(whole(random, 1, 3)):
        ends = between(random, 0, 0.12) * wide, between(random, 0.88, 1) * wide
        bends = [between(random, 0.05, 0.95) * high for _ in range(4)]
        points = []
        for step in range(25):
            t = step / 24
            y = (1 - t) ** 3 * bends[0] + 3 * t * (1 - t) ** 2 * bends[1]
            y += 3 * t * t * (1 - t) * bends[2] + t**3 * bends[3]
            points.append((ends[0] + (ends[1] - ends[0]) * t, y))
        draw.line(points, colour, whole(random, 1, max(1, round(high / 45))))
