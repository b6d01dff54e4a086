"""Random colours of a given luminance, and pairs of them that contrast."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from captcha_model.data.synthetic.looks.chance import between, happens

Colour: TypeAlias = tuple[int, int, int]

_FAINT = (28, 70)  # The differences in luminance of a faint text.
_CONTRAST = 90  # The smallest difference in luminance between a text and its ground.


@dataclass(frozen=True)
class Palette:
    """The colours of an image.

    Attributes:
        ground: of the ground, on average.
        text: of the text, or of its first character.
        dark_ground: the text is lighter than the ground.
        kind: one of `PALETTES`.
    """

    ground: Colour
    text: Colour
    dark_ground: bool
    kind: str = "usual"

    def another_text(self, random: np.random.Generator) -> Colour:
        """Return another colour that contrasts with the ground as the text does."""
        return _TEXT_COLOURS[self.kind](self.ground, self.dark_ground, random)

    def strong(self, random: np.random.Generator) -> Colour:
        """Return a colour that contrasts with the ground, whatever the text does."""
        return _usual_text(self.ground, self.dark_ground, random)

    def another_ground(self, random: np.random.Generator, spread: float) -> Colour:
        """Return a colour whose luminance is at most `spread` from the ground's."""
        level = luminance(self.ground) + between(random, -spread, spread)
        return colour_of(min(255.0, max(0.0, level)), random)


def luminance(colour: Colour) -> float:
    """Return the luminance of a colour, from 0 to 255."""
    red, green, blue = colour
    return 0.299 * red + 0.587 * green + 0.114 * blue


def mixed(one: Colour, other: Colour, share: float) -> Colour:
    """Return a colour with a share from 0 to 1 of the other one."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def colour_of(level: float, random: np.random.Generator) -> Colour:
    """Return a colour of any hue, sometimes a grey, with a luminance from 0 to 255."""
    if happens(random, 0.25):
        grey = round(level)
        return grey, grey, grey
    base = 255 * random.random(3)
    now = float(base @ (0.299, 0.587, 0.114))
    scaled = (
        base * level / now if now > level else base + (255 - base) * (level - now) / (255 - now)
    )
    red, green, blue = (min(255, max(0, round(value))) for value in scaled.tolist())
    return red, green, blue


def draw_palette(random: np.random.Generator, dark: float, kind: str = "usual") -> Palette:
    """Return random colours.

    Args:
        random: the source of randomness.
        dark: the probability of a light text on a dark ground.
        kind: one of `PALETTES`.

    Raises:
        KeyError: the kind is unknown.
    """
    choose = _TEXT_COLOURS[kind]
    dark_ground = happens(random, dark)
    if kind == "usual":
        level = between(random, 0, 90) if dark_ground else between(random, 165, 255)
    elif kind == "bright":
        level = between(random, 0, 60) if dark_ground else between(random, 225, 255)
    elif kind == "equal":
        # Very dark and very light colours of one luminance hardly differ.
        level = between(random, 85, 190)
    else:
        level = between(random, 30, 110) if dark_ground else between(random, 120, 220)
    ground = _farthest_from_grey(level, random) if kind == "saturated" else colour_of(level, random)
    return Palette(ground, choose(ground, dark_ground, random), dark_ground, kind)


def _usual_text(ground: Colour, dark_ground: bool, random: np.random.Generator) -> Colour:
    level = luminance(ground)
    if dark_ground:
        return colour_of(between(random, min(254.0, level + _CONTRAST), 255), random)
    return colour_of(between(random, 0, max(1.0, level - _CONTRAST)), random)


def _faint_text(ground: Colour, dark_ground: bool, random: np.random.Generator) -> Colour:
    """Return nearly the colour of the ground."""
    less = between(random, *_FAINT)
    return colour_of(
        min(255.0, max(0.0, luminance(ground) + (less if dark_ground else -less))), random
    )


def _equal_text(ground: Colour, _: bool, random: np.random.Generator) -> Colour:
    """Return another hue of the same luminance."""
    level = luminance(ground)
    return _farthest(ground, [colour_of(level, random) for _ in range(8)])


def _saturated_text(ground: Colour, dark_ground: bool, random: np.random.Generator) -> Colour:
    """Return any hue, from nearly invisible to strong."""
    level = luminance(ground) + between(random, 20, 110) * (1 if dark_ground else -1)
    level = min(255.0, max(0.0, level))
    return _farthest(ground, [colour_of(level, random) for _ in range(2)])


def _farthest(colour: Colour, others: Sequence[Colour]) -> Colour:
    return max(others, key=lambda o: sum(abs(a - b) for a, b in zip(colour, o, strict=True)))


def _farthest_from_grey(level: float, random: np.random.Generator) -> Colour:
    return max((colour_of(level, random) for _ in range(4)), key=lambda c: max(c) - min(c))


def _bright_text(ground: Colour, dark_ground: bool, random: np.random.Generator) -> Colour:
    """Return a strong hue, much lighter than the ground or a little to much darker."""
    low, high = (60, 150) if dark_ground else (35, 150)
    level = luminance(ground) + between(random, low, high) * (1 if dark_ground else -1)
    return _farthest_from_grey(min(250.0, max(5.0, level)), random)


_TEXT_COLOURS: dict[str, Callable[[Colour, bool, np.random.Generator], Colour]] = {
    "usual": _usual_text,
    "faint": _faint_text,
    "equal": _equal_text,
    "saturated": _saturated_text,
    "bright": _bright_text,
}
PALETTES = tuple(_TEXT_COLOURS)
