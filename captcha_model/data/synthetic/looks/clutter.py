"""Lines, curves, dots and blobs, under or over a text."""

import math
from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from PIL import Image, ImageDraw

from captcha_model.data.synthetic.looks.canvas import Size
from captcha_model.data.synthetic.looks.chance import between, happens, pick, whole
from captcha_model.data.synthetic.looks.colours import Colour
from captcha_model.data.synthetic.looks.screens import (
    bars,
    beams,
    bubbles,
    hatch,
    mesh,
    ripples,
    static,
)
from captcha_model.data.synthetic.looks.strokes import (
    chords,
    dashes,
    hairlines,
    pepper,
    snow,
    specks,
    taper,
)

Shape: TypeAlias = Callable[[ImageDraw.ImageDraw, Size, Colour, np.random.Generator], None]


def add_clutter(image: Image.Image, kind: str, colour: Colour, random: np.random.Generator) -> None:
    """Draw clutter of one kind and colour on an image.

    Args:
        image: mode RGB; it is changed.
        kind: one of `CLUTTER`.
        colour: of all its shapes.
        random: the source of randomness.

    Raises:
        KeyError: the kind is unknown.
    """
    CLUTTER[kind](ImageDraw.Draw(image), image.size, colour, random)


def _thickness(size: Size, random: np.random.Generator) -> int:
    """Return a thickness that is less than a usual letter's."""
    return whole(random, 1, max(1, round(min(size[1], size[0] / 3) / 28)))


def _line(
    draw: ImageDraw.ImageDraw, size: Size, colour: Colour, random: np.random.Generator
) -> None:
    """A straight line from the left to the right part, or a short one anywhere."""
    wide, high = size
    if happens(random, 0.5):
        ends = between(random, 0, 0.3) * wide, between(random, 0.7, 1) * wide
    else:
        start = between(random, 0, 0.8) * wide
        ends = start, start + between(random, 0.1, 0.3) * wide
    heights = between(random, 0, high), between(random, 0, high)
    draw.line((ends[0], heights[0], ends[1], heights[1]), colour, _thickness(size, random))


def _arc(
    draw: ImageDraw.ImageDraw, size: Size, colour: Colour, random: np.random.Generator
) -> None:
    """A part of a large ellipse."""
    wide, high = size
    x, y = between(random, -0.3, 0.8) * wide, between(random, -0.6, 0.9) * high
    box = (x, y, x + between(random, 0.3, 1.2) * wide, y + between(random, 0.4, 1.5) * high)
    start = between(random, 0, 360)
    end = start + between(random, 60, 200)
    draw.arc(box, start, end, colour, _thickness(size, random))


def _wave(
    draw: ImageDraw.ImageDraw, size: Size, colour: Colour, random: np.random.Generator
) -> None:
    """A sine from the left to the right edge."""
    wide, high = size
    middle, reach = between(random, 0.25, 0.75) * high, between(random, 0.05, 0.35) * high
    turns, phase = between(random, 0.5, 3), between(random, 0, 2 * math.pi)
    steps = 24 * max(1, round(turns))
    points = [
        (wide * i / steps, middle + reach * math.sin(phase + 2 * math.pi * turns * i / steps))
        for i in range(steps + 1)
    ]
    draw.line(points, colour, _thickness(size, random), joint="curve")


def _dots(
    draw: ImageDraw.ImageDraw, size: Size, colour: Colour, random: np.random.Generator
) -> None:
    """Round dots that are smaller than a letter's stroke is long."""
    radius = between(random, 0.5, max(0.8, size[1] / 40))
    count = round(size[0] * size[1] / (radius + 1) ** 2 * between(random, 0.002, 0.02))
    for x, y in (random.random((min(count, 250), 2)) * size).tolist():
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)


def _scratches(
    draw: ImageDraw.ImageDraw, size: Size, colour: Colour, random: np.random.Generator
) -> None:
    """Many short thin lines."""
    reach = size[1] / 5
    starts = random.random((whole(random, 8, 30), 2)) * size
    moves = (random.random(starts.shape) - 0.5) * 2 * reach
    for ends in np.concatenate([starts, starts + moves], axis=1).tolist():
        draw.line(ends, colour)


def _rings(
    draw: ImageDraw.ImageDraw, size: Size, colour: Colour, random: np.random.Generator
) -> None:
    """Thin circles."""
    for _ in range(whole(random, 1, 6)):
        x, y = (between(random, 0, side) for side in size)
        radius = between(random, 0.08, 0.45) * size[1]
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), outline=colour)


def _curve(
    draw: ImageDraw.ImageDraw, size: Size, colour: Colour, random: np.random.Generator
) -> None:
    """A curve across the image that is about as thick as a letter's stroke."""
    wide, high = size
    columns = (between(random, 0, 0.15), 0.33, 0.66, between(random, 0.85, 1))
    a, b, c, d = ((wide * x, between(random, 0.1, 0.9) * high) for x in columns)
    points = []
    for i in range(31):
        t = i / 30
        weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
        points.append(
            tuple(sum(w * p[k] for w, p in zip(weights, (a, b, c, d), strict=True)) for k in (0, 1))
        )
    thick = max(1, round(min(high, wide / 3) / between(random, 14, 40)))
    draw.line(points, colour, thick, joint="curve")


def _blobs(
    draw: ImageDraw.ImageDraw, size: Size, colour: Colour, random: np.random.Generator
) -> None:
    """A few round spots as large as a part of a letter, each of several circles."""
    reach = min(size[1], size[0] / 3)
    for _ in range(whole(random, 2, 7)):
        x, y = (between(random, 0, side) for side in size)
        for _ in range(whole(random, 1, 3)):
            radius = between(random, 0.02, 0.08) * reach + 1
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)
            x, y = x + between(random, -2, 2) * radius, y + between(random, -2, 2) * radius


CLUTTER: dict[str, Shape] = {
    "line": _line,
    "arc": _arc,
    "wave": _wave,
    "dots": _dots,
    "specks": specks,
    "scratches": _scratches,
    "rings": _rings,
    "curve": _curve,
    "blobs": _blobs,
    "hatch": hatch,
    "taper": taper,
    "chords": chords,
    "dashes": dashes,
    "snow": snow,
    "hairlines": hairlines,
    "pepper": pepper,
    "static": static,
    "ripples": ripples,
    "mesh": mesh,
    "beams": beams,
    "bubbles": bubbles,
    "bars": bars,
}


def draw_clutter(
    image: Image.Image,
    kinds: tuple[str, ...],
    count: int,
    colours: Callable[[], Colour],
    random: np.random.Generator,
) -> None:
    """Draw clutter of random kinds on an image.

    Args:
        image: mode RGB; it is changed.
        kinds: some of `CLUTTER`.
        count: how many.
        colours: gives the colour of each.
        random: the source of randomness.
    """
    for _ in range(count):
        add_clutter(image, pick(random, kinds), colours(), random)
