"""What Kaptcha does to a text: water, ripples and two lines.

captcha_images_v2 looks like the output of Kaptcha's defaults (github.com/penggle/kaptcha, after
SimpleCaptcha): its 200 columns by 50 rows, its characters, its grey that lightens to the right, and
the figures below, which are those of its classes `WaterRipple` and `DefaultNoise`. The filters are
described by their formulas in the JH Labs image filters that Kaptcha calls.
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

# The columns of a line's ends and its control points, as shares of the width.
_SHORT, _LONG = (0.1, 0.1, 0.25, 0.25), (0.1, 0.25, 0.5, 0.9)
_FLATNESS = 2.0  # A curve is cut into pieces until it is no further from them, in pixels.
_THICKNESS = (3.6, 2.7, 1.8)  # Of the first pieces; the others are as thin as the third.
_REACH = 4  # So far at most, in pixels, do the filters bring a pixel.
_SCALE = 4  # Lines are drawn this much larger and scaled down, for smooth edges.


def distort(ink: Floats) -> Floats:
    """Shake an image of shape (HEIGHT, WIDTH): rings of water around its middle, then ripples."""
    for rows, columns in (_water(), _ripples()):
        ink = _sampled(ink, rows, columns)
    return ink


def draw_strikes(random: np.random.Generator) -> Floats:
    """Draw a short and a long line as ink from 0 to 1, shape (HEIGHT, WIDTH)."""
    canvas = Image.new("L", (WIDTH * _SCALE, HEIGHT * _SCALE))
    draw = ImageDraw.Draw(canvas)
    for shares in (_SHORT, _LONG):
        heights = random.uniform(0, HEIGHT, 4).tolist()
        curve = [(WIDTH * share, y) for share, y in zip(shares, heights, strict=True)]
        # Kaptcha draws from whole pixel to whole pixel.
        path = [(int(x) + 0.5, int(y) + 0.5) for x, y in [curve[0], *_flattened(curve)]]
        for i, (a, b) in enumerate(itertools.pairwise(path)):
            _piece(draw, a, b, _THICKNESS[min(i, len(_THICKNESS) - 1)])
    small = canvas.resize((WIDTH, HEIGHT), Image.Resampling.BOX)
    return np.asarray(small, np.float64) / 255


def _flattened(curve: list[Point], level: int = 0) -> Iterator[Point]:
    """Yield the ends of straight pieces that stand for a Bezier curve, as Java cuts it."""
    start, end = curve[0], curve[-1]
    if level == 10 or max(_distance(p, start, end) for p in curve[1:-1]) < _FLATNESS:
        yield end
        return
    left, right = [start], [end]
    while len(curve) > 1:  # De Casteljau's construction, at the half.
        curve = [((a + c) / 2, (b + d) / 2) for (a, b), (c, d) in itertools.pairwise(curve)]
        left.append(curve[0])
        right.insert(0, curve[-1])
    yield from _flattened(left, level + 1)
    yield from _flattened(right, level + 1)


def _distance(point: Point, start: Point, end: Point) -> float:
    """Return how far a point is from the straight piece between two others."""
    (x, y), (a, b), (c, d) = point, start, end
    square = (c - a) ** 2 + (d - b) ** 2
    along = ((x - a) * (c - a) + (y - b) * (d - b)) / square if square else 0.0
    along = min(1.0, max(0.0, along))
    return math.hypot(a + along * (c - a) - x, b + along * (d - b) - y)


def _piece(draw: ImageDraw.ImageDraw, start: Point, end: Point, thickness: float) -> None:
    """Draw a straight piece with square ends, which reach beyond it by half of its thickness."""
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
    """Return from which rows and columns rings around the middle bring every pixel."""
    amplitude, phase, wavelength, radius = 1.5, 10.0, 2.0, 50.0
    rows, columns = np.mgrid[:HEIGHT, :WIDTH].astype(np.float64)
    down, right = rows - HEIGHT / 2, columns - WIDTH / 2
    distance = np.hypot(down, right)
    amount = amplitude * np.sin(2 * np.pi * distance / wavelength - phase)
    amount *= np.maximum(0, 1 - distance / radius) * wavelength / np.maximum(distance, 1)
    return rows + down * amount, columns + right * amount


@cache
def _ripples() -> tuple[Floats, Floats]:
    """Return from which rows and columns waves along both axes bring every pixel."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH].astype(np.float64)
    return rows + 1.7 * np.sin(columns / 5), columns + 2.6 * np.sin(rows / 15)


def _sampled(ink: Floats, rows: Floats, columns: Floats) -> Floats:
    """Read an image between its pixels; there is no ink outside of it."""
    framed = np.pad(ink, _REACH)
    top, left = np.floor(rows).astype(int), np.floor(columns).astype(int)
    down, right = rows - top, columns - left
    top, left = top + _REACH, left + _REACH
    upper = framed[top, left] * (1 - right) + framed[top, left + 1] * right
    lower = framed[top + 1, left] * (1 - right) + framed[top + 1, left + 1] * right
    return upper * (1 - down) + lower * down
