"""How large, thick, hollow and slanted the characters of a text are."""

import math
from typing import TypedDict

import numpy as np

from captcha_model.data.synthetic.looks.canvas import Size
from captcha_model.data.synthetic.looks.chance import between, happens, may_happen, pick, whole
from captcha_model.data.synthetic.looks.family import Family
from captcha_model.data.synthetic.looks.glyph_shapes import STAMPS
from captcha_model.data.synthetic.looks.glyphs import GlyphStyle

_MIN_SIZE = 10  # The smallest font, in pixels.
_MIN_SHARE = 0.17  # The smallest font, as a fraction of the height.
_HOLLOW_SIZE = 22  # Outlines of smaller letters run together.
_CELL_WIDTH, _CELL_HEIGHT = (0.4, 0.75), (0.7, 1.0)  # As fractions of a font's size.
_BLOCKY_SIZES = (9, 14)  # Of fonts whose pixels are to be seen.
_ROOM = 0.95  # The part of the height that a sloping text takes at most.
_BEADED_SIZE = 26  # Letters of dots are larger than these.
_HEIGHT, _WIDTH = 0.88, 0.62  # What a font's characters take at most of its size, on average.


class _Changes(TypedDict):
    turn: float
    shear: float
    size_spread: float
    slim: float
    lean: float
    cell: tuple[int, int] | None
    pull: float
    jagged: bool
    tilt: float
    stamped: str


def choose_style(
    length: int, size: Size, family: Family, random: np.random.Generator
) -> GlyphStyle:
    """Return how the characters of a text are drawn.

    Args:
        length: the number of characters.
        size: width and height of the image in pixels.
        family: its random factors.
        random: the source of randomness.
    """
    room = 1 - 2 * (0.05 + family.warp)
    fits = min(size[1] * room / _HEIGHT, size[0] * room / (length * _WIDTH * family.squeeze))
    # An image is scaled to one height before it is read: letters far lower than it vanish.
    least = max(_MIN_SIZE, round(_MIN_SHARE * size[1]))
    pixels = max(least, round(fits * between(random, *family.size)))
    hollow = pixels >= _HOLLOW_SIZE and happens(random, family.hollow)
    stroke = whole(random, 1, max(1, pixels // 24)) if happens(random, family.stroke) else 0
    body = hollow and happens(random, family.bodies)
    changes: _Changes = {
        "turn": family.turn * float(random.random()),
        "shear": family.shear * float(random.random()),
        "size_spread": family.size_spread,
        "slim": family.slim,
        "lean": between(random, -family.lean, family.lean),
        "cell": _cell(pixels, random) if happens(random, family.cells) else None,
        "pull": family.pull,
        "jagged": happens(random, family.jagged),
        # Without a slope no random number is drawn for it.
        "tilt": _tilt(length, pixels, size, family.slope, random) if family.slope else 0.0,
        "stamped": pick(random, STAMPS) if may_happen(random, family.stamped) else "",
    }
    if happens(random, family.blocks):
        drawn = min(pixels, whole(random, *_BLOCKY_SIZES))
        return GlyphStyle(size=drawn, blocks=max(1, pixels // drawn))
    if pixels >= _BEADED_SIZE and happens(random, family.beads):
        drawn = whole(random, *_BLOCKY_SIZES)
        # Dots are drawn at a whole distance, so that the characters can have any size.
        beads = max(2, pixels // drawn)
        return GlyphStyle(
            size=drawn, beads=beads, zoom=min(1.0, pixels / (drawn * beads)), **changes
        )
    # Thinner lines are drawn at twice the size, so that they can lose half a pixel.
    zoom = 0.5 if happens(random, family.thin) else 1.0
    return GlyphStyle(
        size=round(pixels / zoom),
        thin=zoom < 1,
        zoom=zoom,
        stroke=stroke if pixels >= _HOLLOW_SIZE else 0,
        hollow=hollow,
        depth=max(1, round(pixels / between(random, 10, 28))) if body else 0,
        towards=pick(random, (0, 0, whole(random, 0, 3))),
        rim=between(random, 0.15, 1) if body else 1.0,
        **changes,
    )


def _cell(pixels: int, random: np.random.Generator) -> tuple[int, int]:
    """Return the width and height that every character of a font of this size is stretched to."""
    width, height = (between(random, *share) * pixels for share in (_CELL_WIDTH, _CELL_HEIGHT))
    return max(1, round(width)), max(1, round(height))


def _tilt(length: int, pixels: int, size: Size, slope: float, random: np.random.Generator) -> float:
    """Return the angle of a text's line in degrees, at most as large as the image has room for."""
    wide = min(size[0], _WIDTH * pixels * length)
    most = min(slope, max(0.0, size[1] * _ROOM - _HEIGHT * pixels) / wide)
    return math.degrees(math.atan(between(random, -most, most)))
