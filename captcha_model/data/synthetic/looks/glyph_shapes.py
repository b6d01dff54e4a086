"""Shapes of one character's ink: with its corners pulled, of dots, or as a solid body."""

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps

from captcha_model.data.synthetic.looks.chance import between, pick


def pulled(mask: Image.Image, strength: float, random: np.random.Generator) -> Image.Image:
    """Return a mask whose corners have moved, each on its own, with room for all of it.

    Args:
        mask: mode L, 255 is ink.
        strength: the largest move of a corner, as a fraction of the side.
        random: the source of randomness.
    """
    wide, high = mask.size
    right, down = strength * wide, strength * high
    out = max(2, round(wide + right)), max(2, round(high + down))
    # Pillow asks where the corners of the result lie in the source: those outside of it shrink it.
    # The mean of a move is half of the largest, by which the result is larger: the size stays.
    corners = (
        *(-between(random, 0, right), -between(random, 0, down)),
        *(-between(random, 0, right), high + between(random, 0, down)),
        *(wide + between(random, 0, right), high + between(random, 0, down)),
        *(wide + between(random, 0, right), -between(random, 0, down)),
    )
    return mask.transform(out, Image.Transform.QUAD, corners, Image.Resampling.BILINEAR)


def beaded(mask: Image.Image, pitch: int, random: np.random.Generator) -> Image.Image:
    """Return a mask, enlarged `pitch` times, with a dot for each pixel of ink.

    Args:
        mask: mode L, 255 is ink, of a small character.
        pitch: the distance of the dots in pixels, at least 2.
        random: the source of randomness.
    """
    hard = mask.point(lambda level: 255 if level > 100 else 0)
    size = mask.width * pitch, mask.height * pitch
    radius = between(random, 0.38, 0.62) * pitch
    # Four times as large, for round dots.
    dot = Image.new("L", (4 * pitch, 4 * pitch))
    box = (2 * pitch - 4 * radius, 2 * pitch - 4 * radius)
    ImageDraw.Draw(dot).ellipse((*box, 4 * pitch - box[0] - 1, 4 * pitch - box[1] - 1), fill=255)
    dot = dot.resize((pitch, pitch), Image.Resampling.BOX)
    tiles = Image.fromarray(np.tile(np.asarray(dot), (mask.height, mask.width)))
    return ImageChops.multiply(hard.resize(size, Image.Resampling.NEAREST), tiles)


def solid(
    outline: Image.Image, face: Image.Image, depth: int, towards: int, rim: float
) -> Image.Image:
    """Return the ink of a letter as a body: an outline, and its sides in ink.

    Args:
        outline: mode L, the letter with its outline, filled.
        face: of the same size, the letter alone, which stays empty.
        depth: of the body in pixels, at least 1.
        towards: the side to which the body goes: 0 to 3, to the lower right, lower left, upper left
            and upper right.
        rim: how much ink the outline has where it is not a side of the body, from 0 to 1.

    Returns:
        A mask that is larger by `depth` on every side.
    """
    right, down = ((1, 1), (-1, 1), (-1, -1), (1, -1))[towards]
    outline, face = (ImageOps.expand(mask, depth) for mask in (outline, face))
    body = outline if rim == 1 else outline.point(lambda level: round(rim * level))
    for step in range(1, depth + 1):
        body = ImageChops.lighter(body, ImageChops.offset(outline, step * right, step * down))
    return ImageChops.subtract(body, face)


def stamped(mask: Image.Image, kind: str, random: np.random.Generator) -> Image.Image:
    """Return a box, a disc or a spot with the character cut out of it.

    Args:
        mask: mode L, 255 is ink.
        kind: one of `STAMPS`.
        random: the source of randomness.

    Returns:
        Mode L, larger by the same margin above and below, and on both sides.

    Raises:
        KeyError: the kind is unknown.
    """
    if kind == "any":
        kind = pick(random, tuple(_SHAPES))
    wide, high = mask.size
    margin = max(1, round(high * between(random, 0.08, 0.3)))
    box = Image.new("L", (max(wide, high // 2) + 2 * margin, high + 2 * margin))
    _SHAPES[kind](ImageDraw.Draw(box), (box.width - 1, box.height - 1), margin, random)
    place = ((box.width - wide) // 2, margin)
    box.paste(0, place, mask)
    if kind == "outlined":
        # The middle of the letter has ink as well: what is cut out is its outline.
        rim = max(1, round(high / between(random, 12, 20)))
        box.paste(255, place, mask.filter(ImageFilter.MinFilter(2 * rim + 1)))
    return box


def _ragged(
    draw: ImageDraw.ImageDraw, last: tuple[int, int], margin: int, random: np.random.Generator
) -> None:
    corners = ((0, 0), (1, 0), (1, 1), (0, 1))
    moves = [between(random, 0, margin) for _ in range(8)]
    points = [
        (abs(x * last[0] - moves[2 * i]), abs(y * last[1] - moves[2 * i + 1]))
        for i, (x, y) in enumerate(corners)
    ]
    draw.polygon(points, fill=255)


def _box(draw: ImageDraw.ImageDraw, last: tuple[int, int], _: int, __: np.random.Generator) -> None:
    draw.rectangle((0, 0, *last), fill=255)


_SHAPES: dict[
    str, Callable[[ImageDraw.ImageDraw, tuple[int, int], int, np.random.Generator], None]
] = {
    "box": _box,
    "outlined": _box,
    "round": lambda draw, last, margin, random: draw.rounded_rectangle(
        (0, 0, *last), margin * between(random, 0.5, 2), fill=255
    ),
    "disc": lambda draw, last, _, __: draw.ellipse((0, 0, *last), fill=255),
    "ragged": _ragged,
}
STAMPS = (*_SHAPES, "any")
"""What characters are cut out of; with "any", each of another one."""
