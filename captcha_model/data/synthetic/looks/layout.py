"""Where the characters of a text stand, and the layer of ink that they make."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageChops, ImageDraw

from captcha_model.data.synthetic.looks.canvas import Size
from captcha_model.data.synthetic.looks.chance import between
from captcha_model.data.synthetic.looks.colours import Colour
from captcha_model.data.synthetic.looks.glyphs import Glyph

_TAIL = 0.28  # The part of a "y" below the baseline, as a fraction of the height above it.
_LEAST_GAP = -0.12  # The closest that characters are pushed to fit, as a fraction of their width.


@dataclass(frozen=True)
class Layer:
    """A text to lay over a ground.

    Attributes:
        mask: mode L, the size of the image, 255 is ink.
        colours: mode RGB, the colour of the ink at each place.
    """

    mask: Image.Image
    colours: Image.Image

    def over(self, ground: Image.Image) -> Image.Image:
        """Return the text over a ground."""
        return Image.composite(self.colours, ground, self.mask)


@dataclass(frozen=True)
class Spacing:
    """How characters are placed.

    Attributes:
        gaps: the smallest and the largest gap, as fractions of the mean width of a character.
        jitter: the largest vertical shift, as a fraction of the mean height of a character.
        margin: left free on each side, as a fraction of the width or height.
        spread: from 0 for a text with its own gaps to 1 for one over the whole width.
        squeeze: the least width of a character, as a fraction of its own, at its full height; a
            text that would be wider is made smaller as well.
        sunk: the part of what hangs below the baseline that the frame cuts off, from 0 to 1: of
            tails and, where letters are turned, shifted or centred in cells, of those that hang
            low, but not more of them than of a tail.
        slope: of the line on which the characters stand, as the tangent of its angle, downwards.
        thread: the thickness in pixels of a line through the middles of all characters; 0 is none.
    """

    gaps: tuple[float, float] = (0.05, 0.15)
    jitter: float = 0.0
    margin: float = 0.06
    spread: float = 0.0
    squeeze: float = 1.0
    sunk: float = 0.0
    slope: float = 0.0
    thread: int = 0


def lay_out(
    glyphs: Sequence[Glyph],
    colours: Sequence[Colour],
    size: Size,
    spacing: Spacing,
    random: np.random.Generator,
) -> Layer:
    """Place characters from left to right inside an image, smaller if they would not fit.

    Args:
        glyphs: at least one.
        colours: one of each character.
        size: width and height of the image in pixels.
        spacing: how they are placed.
        random: the source of randomness.
    """
    room = [max(4.0, side * (1 - 2 * spacing.margin)) for side in size]
    widths = [glyph.mask.width for glyph in glyphs]
    mean = sum(widths) / len(widths)
    gaps = [between(random, *spacing.gaps) * mean for _ in glyphs[1:]]
    natural = sum(widths) + sum(gaps)
    if natural > room[0]:
        gaps = [min(gap, max(_LEAST_GAP * mean, gap - (natural - room[0]))) for gap in gaps]
        natural = sum(widths) + sum(gaps)
    elif gaps:
        more = (room[0] - natural) * spacing.spread
        gaps = [gap + more / len(gaps) for gap in gaps]
        natural += more
    shift = spacing.jitter * sum(glyph.mask.height for glyph in glyphs) / len(glyphs)
    tops = [glyph.top + between(random, -shift, shift) for glyph in glyphs]
    if spacing.slope:
        ends = np.cumsum([width + gap for width, gap in zip(widths, [*gaps, 0.0], strict=True)])
        middles = (ends - np.array(widths) / 2).tolist()
        tops = [top + spacing.slope * x for top, x in zip(tops, middles, strict=True)]
    low = min(tops)
    high = max(top + glyph.mask.height for top, glyph in zip(tops, glyphs, strict=True))
    across = min(1.0, room[0] / natural)
    scale = min(1.0, across / spacing.squeeze, room[1] / (high - low))
    across = min(across, scale)
    free = [size[0] - natural * across, size[1] - (high - low) * scale]
    x, y = (_start(side, rest, spacing, random) for side, rest in zip(size, free, strict=True))
    if spacing.sunk:
        # Characters that are turned or shifted hang low as well; a tail is no longer than this.
        y = free[1] + spacing.sunk * min(max(0.0, high), -_TAIL * low) * scale
    places = []
    for glyph, top, gap in zip(glyphs, tops, [*gaps, 0.0], strict=True):
        places.append((round(x), round(y + (top - low) * scale)))
        x += (glyph.mask.width + gap) * across
    masks = [_scaled(glyph.mask, across, scale) for glyph in glyphs]
    return _layer(masks, colours, places, size, spacing.thread)


def scatter(
    glyphs: Sequence[Glyph],
    colours: Sequence[Colour],
    size: Size,
    cut: float,
    random: np.random.Generator,
) -> Layer:
    """Place characters anywhere in an image, each to the right of the one before.

    Args:
        glyphs: at least one.
        colours: one of each character.
        size: width and height of the image in pixels.
        cut: the largest part of a character that the frame may cut off, from 0 to 1.
        random: the source of randomness.
    """
    widths = np.array([float(glyph.mask.width) for glyph in glyphs])
    heights = [glyph.mask.height for glyph in glyphs]
    gap = max(1.0, 0.05 * float(widths.mean()))
    # A pixel of each is for rounding.
    across = max(1.0, size[0] - (gap + 1) * len(glyphs)) / float(widths.sum())
    scale = min(1.0, across, size[1] / max(heights))
    masks = [_scaled(glyph.mask, scale, scale) for glyph in glyphs]
    widths = np.array([float(mask.width) for mask in masks])
    room = size[0] + cut * (widths[0] + widths[-1])
    # The free pixels are shared out at random: before, between and behind the characters.
    shares = random.exponential(1.0, len(masks) + 1) ** between(random, 0.3, 1.2)
    free = max(0.0, room - float(widths.sum()) - gap * (len(masks) - 1)) * shares / shares.sum()
    lefts = np.cumsum(free[:-1] + gap) + np.concatenate([[0], np.cumsum(widths[:-1])])
    lefts -= gap + cut * widths[0]
    level, height = between(random, 0, 1), between(random, 0, 1)
    places = []
    for mask, left in zip(masks, lefts.tolist(), strict=True):
        # From all on one level to all over the height.
        down = (1 - height) * level + height * float(random.random())
        lost = cut * mask.height
        places.append((round(left), round(down * (size[1] - mask.height + 2 * lost) - lost)))
    return _layer(masks, colours, places, size)


def _start(side: int, free: float, spacing: Spacing, random: np.random.Generator) -> float:
    """Return where a text begins on a side, anywhere inside the margins."""
    margin = min(free / 2, side * spacing.margin)
    return between(random, margin, free - margin)


def _scaled(mask: Image.Image, across: float, down: float) -> Image.Image:
    if across == down == 1:
        return mask
    size = max(1, round(mask.width * across)), max(1, round(mask.height * down))
    return mask.resize(size, Image.Resampling.BILINEAR)


def _layer(
    masks: Sequence[Image.Image],
    colours: Sequence[Colour],
    places: Sequence[tuple[int, int]],
    size: Size,
    thread: int = 0,
) -> Layer:
    ink = Image.new("L", size)
    painted = Image.new("RGB", size, colours[0])
    several = len(set(colours)) > 1
    for mask, colour, (x, y) in zip(masks, colours, places, strict=True):
        box = (x, y, x + mask.width, y + mask.height)
        ink.paste(ImageChops.lighter(ink.crop(box), mask), (x, y))
        if several:
            # Every pixel with any ink has the full colour; the mask alone makes soft edges.
            painted.paste(colour, box, mask.point(lambda level: 255 if level else 0))
    if thread:
        middles = [
            (x + mask.width / 2, y + mask.height / 2)
            for mask, (x, y) in zip(masks, places, strict=True)
        ]
        ImageDraw.Draw(ink).line(middles, 255, thread, joint="curve")
    return Layer(ink, painted)
