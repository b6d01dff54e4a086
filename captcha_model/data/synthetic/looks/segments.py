"""The segments of seven-segment digits, as masks."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from PIL import Image, ImageDraw

from captcha_model.data.synthetic.looks.chance import between, happens, pick, whole

Point: TypeAlias = tuple[float, float]

# Which of the segments are lit: top, upper right, lower right, bottom, lower left, upper left,
# middle.
_LIT = {
    **{"0": "abcdef", "1": "bc", "2": "abged", "3": "abgcd", "4": "fgbc", "5": "afgcd"},
    **{"6": "afgecd", "7": "abc", "8": "abcdefg", "9": "abcdfg", "-": "g", " ": ""},
}
_SCALE = 2  # Masks are drawn larger and reduced, for smooth edges.
FORMS = ("pointed", "pointed", "bar", "mitred", "round")


@dataclass(frozen=True)
class Segments:
    """The shape of seven-segment digits, in pixels.

    Attributes:
        wide: of a digit.
        high: of a digit.
        thick: of a segment.
        space: between two digits.
        lean: the slant, as the tangent of the angle.
        form: one of `FORMS`.
        tails: 6 and 9 have a top and a bottom segment.
        hook: 7 has an upper left segment.
    """

    wide: int
    high: int
    thick: int
    space: int
    lean: float = 0.0
    form: str = "pointed"
    tails: bool = True
    hook: bool = False

    def lit(self, character: str) -> str:
        """Return the names of the segments that show a character."""
        segments = _LIT[character]
        if not self.tails:
            segments = {"6": "fgecd", "9": "abcfg"}.get(character, segments)
        return segments + "f" if self.hook and character == "7" else segments


def draw_shape(wide: int, random: np.random.Generator) -> Segments:
    """Return a random shape of digits that are so wide."""
    thick = max(2, round(wide / between(random, 3.5, 8)))
    return Segments(
        wide=wide,
        high=round(wide * between(random, 1.5, 2.1)),
        thick=thick,
        space=thick + whole(random, 1, max(2, wide // 2)),
        lean=between(random, 0, 0.18) if happens(random, 0.7) else 0.0,
        form=pick(random, FORMS),
        tails=happens(random, 0.85),
        hook=happens(random, 0.12),
    )


def segment_masks(text: str, shape: Segments) -> tuple[Image.Image, Image.Image]:
    """Draw a number.

    Args:
        text: digits, points, colons, minus signs, and spaces for digits without a lit segment.
        shape: of its digits.

    Returns:
        The lit and the unlit segments, mode L, as large as the number.
    """
    dots = text.count(":")
    digits = len(text) - dots - text.count(".")
    colon = 2 * shape.thick
    lean = round(shape.lean * shape.high)
    wide = digits * (shape.wide + shape.space) + dots * (colon + shape.space) + shape.thick + lean
    size = (_SCALE * wide, _SCALE * (shape.high + 1))
    lit, unlit = Image.new("L", size), Image.new("L", size)
    inks = {True: ImageDraw.Draw(lit), False: ImageDraw.Draw(unlit)}

    def slanted(points: list[Point]) -> list[Point]:
        return [(_SCALE * (x + shape.lean * (shape.high - y)), _SCALE * y) for x, y in points]

    x = 0.0
    for character in text:
        if character in ".:":
            left = x - (shape.space + shape.thick) / 2 if character == "." else x + shape.thick / 2
            heights = (0.3, 0.7) if character == ":" else ((shape.high - shape.thick) / shape.high,)
            for share in heights:
                corner = slanted([(left, share * shape.high)])[0]
                side = _SCALE * shape.thick
                box = (*corner, corner[0] + side, corner[1] + side)
                (inks[True].ellipse if shape.form != "bar" else inks[True].rectangle)(box, fill=255)
            x += colon + shape.space if character == ":" else 0
            continue
        shown = shape.lit(character)
        for segment in "abcdefg":
            points = slanted([(x + a, b) for a, b in _points(segment, shape)])
            draw = inks[segment in shown]
            if shape.form == "round":
                _draw_round(draw, points, _SCALE * shape.thick)
            else:
                draw.polygon(points, fill=255)
        x += shape.wide + shape.space
    small = (wide, shape.high + 1)
    return lit.resize(small, Image.Resampling.BOX), unlit.resize(small, Image.Resampling.BOX)


def _draw_round(draw: ImageDraw.ImageDraw, ends: list[Point], thick: int) -> None:
    draw.line(ends, 255, thick)
    for x, y in ends:
        draw.ellipse((x - thick / 2, y - thick / 2, x + thick / 2, y + thick / 2), fill=255)


def _points(segment: str, shape: Segments) -> list[Point]:
    """Return the corners of a segment in an upright digit, or the ends of a round one."""
    wide, high, thick = shape.wide, shape.high, shape.thick
    half, gap = thick / 2, max(0.5, thick / 8)
    level = segment in "agd"
    if level:
        middle = {"a": half, "g": high / 2, "d": high - half}[segment]
        start, end = half + gap, wide - half - gap
    else:
        middle = half if segment in "ef" else wide - half
        upper, lower = (half, high / 2) if segment in "fb" else (high / 2, high - half)
        start, end = upper + gap, lower - gap
    # Along the segment and across it; the outer side of a mitred one is longer.
    outer = {"a": -1, "f": -1, "e": -1, "b": 1, "c": 1, "d": 1}.get(segment, 0)
    corners: list[Point]
    if shape.form == "round":
        corners = [(start + half, 0), (end - half, 0)]
    elif shape.form == "bar":
        corners = [(start + half, -half), (end - half, -half), (end - half, half)]
        corners.append((start + half, half))
    elif shape.form == "mitred" and outer:
        near, far = -half * outer, half * outer
        corners = [(start - half, far), (end + half, far), (end - half, near)]
        corners.append((start + half, near))
    else:
        corners = [(start, 0), (start + half, -half), (end - half, -half), (end, 0)]
        corners += [(end - half, half), (start + half, half)]
    return [(a, middle + b) if level else (middle + b, a) for a, b in corners]
