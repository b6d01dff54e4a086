"""The ink of one character: its size, stroke, shear and turn."""

import math
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

from captcha_model.data.synthetic.looks.chance import between, happens, whole
from captcha_model.data.synthetic.looks.glyph_shapes import beaded, pulled, solid, stamped

_KEPT = 0.35  # The least part of the ink that thinner lines keep.


@dataclass(frozen=True)
class GlyphStyle:
    """How characters are drawn.

    Attributes:
        size: in pixels.
        stroke: the extra thickness on both sides of a line, in pixels.
        hollow: only the outline is drawn.
        turn: the largest angle, in degrees.
        tilt: the angle of all characters together, in degrees, clockwise.
        shear: the largest slant, as the tangent of the angle.
        size_spread: the largest change of a single character's size, as a fraction.
        slim: the largest narrowing of a single character, as a fraction of its width.
        thin: lines are made thinner, where enough of them stays.
        zoom: what the drawn character is enlarged by.
        blocks: an enlarged character has visible pixels, whole multiples of the drawn ones, up to
            this multiple; 0 is off. Such characters are not turned.
        beads: the distance of the dots that stand for the pixels of the drawn character; 0 is off.
        depth: of a hollow letter's body in pixels; 0 is off.
        towards: the side to which the body goes, from 0 to 3.
        rim: how much ink the outline of a letter with a body has, from 0 to 1.
        lean: the slant of every character, which `shear` changes.
        cell: the width and height in pixels that every character is stretched to, whatever its own
            shape; None keeps the shapes.
        pull: the largest move of a character's corners, as a fraction of its side.
        jagged: the ink has hard edges.
        stamped: what each character is cut out of, one of `STAMPS`; "" is off.
    """

    size: int
    stroke: int = 0
    hollow: bool = False
    turn: float = 0.0
    tilt: float = 0.0
    shear: float = 0.0
    size_spread: float = 0.0
    slim: float = 0.0
    thin: bool = False
    zoom: float = 1.0
    blocks: int = 0
    beads: int = 0
    depth: int = 0
    towards: int = 0
    rim: float = 1.0
    lean: float = 0.0
    cell: tuple[int, int] | None = None
    pull: float = 0.0
    jagged: bool = False
    stamped: str = ""


@dataclass(frozen=True)
class Glyph:
    """The ink of one character.

    Attributes:
        mask: mode L, 255 is ink.
        top: the row of the mask's first row from the baseline, negative above it.
    """

    mask: Image.Image
    top: float


def draw_glyph(
    character: str, font: ImageFont.FreeTypeFont, style: GlyphStyle, random: np.random.Generator
) -> Glyph:
    """Draw one character that the font has.

    Args:
        character: one character with ink.
        font: at the style's size.
        style: how it is drawn.
        random: the source of randomness.

    Returns:
        The character, cut to its ink.
    """
    stroke = max(1, style.stroke) if style.hollow else style.stroke
    left, top, right, bottom = font.getbbox(character, stroke_width=stroke, anchor="ls")
    left, top = math.floor(left), math.floor(top)
    size = (max(1, math.ceil(right) - left), max(1, math.ceil(bottom) - top))
    mask = whole_ink = _mask(character, font, size, (-left, -top), stroke)
    if style.hollow:
        face = _mask(character, font, size, (-left, -top), 0)
        if style.depth:
            mask = whole_ink = solid(mask, face, style.depth, style.towards, style.rim)
            top -= style.depth
        else:
            mask = ImageChops.subtract(mask, face)
    # The box that Pillow gives reaches from the baseline, and as far as the next character.
    if (box := whole_ink.getbbox()) is not None:
        mask, top = mask.crop(box), top + box[1]
    if style.beads:
        mask, top = beaded(mask, style.beads, random), top * style.beads
    if style.thin:
        mask = _thinned(mask)
    if style.blocks:
        return _enlarged(mask, top, whole(random, 1, style.blocks), random)
    if style.stamped:
        above = mask.height
        mask = stamped(mask, style.stamped, random)
        top -= (mask.height - above) / 2
    middle = top + mask.height / 2
    scale = style.zoom * (1 + between(random, -style.size_spread, style.size_spread))
    turn = math.radians(style.tilt + between(random, -style.turn, style.turn))
    shear = style.lean + between(random, -style.shear, style.shear)
    if turn or shear or scale != 1:
        mask = _transformed(mask, scale, turn, shear)
    if style.cell:
        mask = _cut_to_ink(mask).resize(style.cell, Image.Resampling.BILINEAR)
        middle = 0.0
    if style.slim:
        width = mask.width * (1 - between(random, 0, style.slim))
        mask = mask.resize((max(1, round(width)), mask.height), Image.Resampling.BILINEAR)
    if style.pull:
        pull = style.pull * float(random.random())
        mask = _cut_to_ink(pulled(mask, pull, random))
    if style.jagged:
        mask = mask.point(lambda level: min(255, max(0, 3 * level - 255)))
    return Glyph(mask, middle * scale - mask.height / 2)


def _cut_to_ink(mask: Image.Image) -> Image.Image:
    return mask if (box := mask.getbbox()) is None else mask.crop(box)


def _thinned(mask: Image.Image) -> Image.Image:
    """Return thinner lines, or the same ones if they are thin."""
    thin = mask.filter(ImageFilter.MinFilter(3))
    kept, before = (float(np.asarray(m, np.float32).sum()) for m in (thin, mask))
    return thin if kept > _KEPT * before else mask


def _enlarged(mask: Image.Image, top: float, times: int, random: np.random.Generator) -> Glyph:
    """Return a character whose pixels have become squares, sharp ones half of the time."""
    if happens(random, 0.5):
        mask = mask.point(lambda level: 255 if level > 110 else 0)
    size = mask.width * times, mask.height * times
    return Glyph(mask.resize(size, Image.Resampling.NEAREST), top * times)


def _mask(
    character: str,
    font: ImageFont.FreeTypeFont,
    size: tuple[int, int],
    place: tuple[float, float],
    stroke: int,
) -> Image.Image:
    mask = Image.new("L", size)
    ImageDraw.Draw(mask).text(place, character, 255, font, anchor="ls", stroke_width=stroke)
    return mask


def _transformed(mask: Image.Image, scale: float, turn: float, shear: float) -> Image.Image:
    """Return a mask scaled, slanted and turned around its middle, with room for all of it."""
    cos, sin = scale * math.cos(turn), scale * math.sin(turn)
    # Columns of the matrix that takes a point of the mask to one of the result.
    a, b, c, d = cos, cos * shear - sin, sin, sin * shear + cos
    width = math.ceil(abs(a) * mask.width + abs(b) * mask.height) + 1
    height = math.ceil(abs(c) * mask.width + abs(d) * mask.height) + 1
    det = a * d - b * c
    ia, ib, ic, id_ = d / det, -b / det, -c / det, a / det
    x, y = width / 2, height / 2
    inverse = (
        *(ia, ib, mask.width / 2 - ia * x - ib * y),
        *(ic, id_, mask.height / 2 - ic * x - id_ * y),
    )
    return mask.transform(
        (width, height), Image.Transform.AFFINE, inverse, Image.Resampling.BICUBIC
    )
