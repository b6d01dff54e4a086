"""Kaptcha's distortion of a text: a water effect, ripples and two lines.

captcha_images_v2 looks like the output of Kaptcha's defaults (github.com/penggle/kaptcha, based on
SimpleCaptcha): 200x50 pixels, the same characters, a grey that gets lighter to the right. The
constants below are those of its classes `WaterRipple` and `DefaultNoise`. The formulas of the
filters are those of the JH Labs image filters that Kaptcha calls.
"""

import itertools
import math
from collections.abc import Iterator
from functools import cache
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

Floats: TypeAlias = npt.NDArray[np.float64]
Point: TypeAlias = tuple[float, float]

WIDTH, HEIGHT = 200, 50

# The columns of a line's end points and control points, as fractions of the width.
_SHORT, _LONG = (0.1, 0.1, 0.25, 0.25), (0.1, 0.25, 0.5, 0.9)
_FLATNESS = 2.0  # The largest distance of a curve from its straight segments, in pixels.
_THICKNESS = (3.6, 2.7, 1.8)  # Of the first segments; the last value is for all others.
_MAX_SHIFT = 4  # The largest distance that the filters move a pixel.
_SCALE = 4  # Lines are drawn at this scale and reduced, for smooth edges.


def distort(ink: Floats) -> Floats:
    """Distort an image: circular waves around its centre, then ripples along both axes.

    Args:
        ink: shape (HEIGHT, WIDTH), 0 is paper and 1 is ink.

    Returns:
        The distorted ink, of the same shape and range.
    """
    for rows, columns in (_water(), _ripples()):
        ink = _sampled(ink, rows, columns)
    return ink


def draw_strike_lines(random: np.random.Generator) -> Floats:
    """Draw a short and a long strike line as ink from 0 to 1, shape (HEIGHT, WIDTH)."""
    canvas = Image.new("L", (WIDTH * _SCALE, HEIGHT * _SCALE))
    draw = ImageDraw.Draw(canvas)
    for columns in (_SHORT, _LONG):
        heights = random.uniform(0, HEIGHT, 4).tolist()
        curve = [(WIDTH * x, y) for x, y in zip(columns, heights, strict=True)]
        # Kaptcha rounds the points to whole pixels.
        path = [(int(x) + 0.5, int(y) + 0.5) for x, y in [curve[0], *_flattened(curve)]]
        for i, (start, end) in enumerate(itertools.pairwise(path)):
            _draw_segment(draw, start, end, _THICKNESS[min(i, len(_THICKNESS) - 1)])
    small = canvas.resize((WIDTH, HEIGHT), Image.Resampling.BOX)
    return np.asarray(small, np.float64) / 255


def _flattened(curve: list[Point], level: int = 0) -> Iterator[Point]:
    """Yield the end points of segments that approximate a Bezier curve, subdivided as in Java."""
    start, end = curve[0], curve[-1]
    if level == 10 or max(_distance(p, start, end) for p in curve[1:-1]) < _FLATNESS:
        yield end
        return
    left, right = [start], [end]
    while len(curve) > 1:  # De Casteljau's algorithm at t = 0.5.
        curve = [((a + c) / 2, (b + d) / 2) for (a, b), (c, d) in itertools.pairwise(curve)]
        left.append(curve[0])
        right.insert(0, curve[-1])
    yield from _flattened(left, level + 1)
    yield from _flattened(right, level + 1)


def _distance(point: Point, start: Point, end: Point) -> float:
    """Return the distance of a point from the segment between two others."""
    (x, y), (a, b), (c, d) = point, start, end
    square = (c - a) ** 2 + (d - b) ** 2
    along = ((x - a) * (c - a) + (y - b) * (d - b)) / square if square else 0.0
    along = min(1.0, max(0.0, along))
    return math.hypot(a + along * (c - a) - x, b + along * (d - b) - y)


def _draw_segment(draw: ImageDraw.ImageDraw, start: Point, end: Point, thickness: float) -> None:
    """Draw a segment with square caps, which extend it by half of its thickness."""
    (a, b), (c, d) = start, end
    length = math.hypot(c - a, d - b)
    half = thickness / 2
    u, v = (half * (c - a) / length, half * (d - b) / length) if length else (half, 0.0)
    corners = [
        (a - u - v, b - v + u),
        (c + u - v, d + v + u),
        (c + u + v, d + v - u),
        (a - u + v, b - v - u),
    ]
    draw.polygon([(x * _SCALE - 0.5, y * _SCALE - 0.5) for x, y in corners], fill=255)


@cache
def _water() -> tuple[Floats, Floats]:
    """Return the source rows and columns of every pixel for the circular waves."""
    amplitude, phase, wavelength, radius = 1.5, 10.0, 2.0, 50.0
    rows, columns = np.mgrid[:HEIGHT, :WIDTH].astype(np.float64)
    down, right = rows - HEIGHT / 2, columns - WIDTH / 2
    distance = np.hypot(down, right)
    amount = amplitude * np.sin(2 * np.pi * distance / wavelength - phase)
    amount *= np.maximum(0, 1 - distance / radius) * wavelength / np.maximum(distance, 1)
    return rows + down * amount, columns + right * amount


@cache
def _ripples() -> tuple[Floats, Floats]:
    """Return the source rows and columns of every pixel for the ripples."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH].astype(np.float64)
    return rows + 1.7 * np.sin(columns / 5), columns + 2.6 * np.sin(rows / 15)


def _sampled(ink: Floats, rows: Floats, columns: Floats) -> Floats:
    """Sample an image with bilinear interpolation; there is no ink outside of it."""
    framed = np.pad(ink, _MAX_SHIFT)
    top, left = np.floor(rows).astype(int), np.floor(columns).astype(int)
    down, right = rows - top, columns - left
    top, left = top + _MAX_SHIFT, left + _MAX_SHIFT
    upper = framed[top, left] * (1 - right) + framed[top, left + 1] * right
    lower = framed[top + 1, left] * (1 - right) + framed[top + 1, left + 1] * right
    return upper * (1 - down) + lower * down
