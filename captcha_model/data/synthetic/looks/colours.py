"""Random colours of a given luminance, and pairs of them that contrast."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from captcha_model.data.synthetic.looks.chance import between, happens

Colour: TypeAlias = tuple[int, int, int]

_CONTRAST = 90  # The smallest difference in luminance between a text and its ground.


@dataclass(frozen=True)
class Palette:
    """The colours of an image.

    Attributes:
        ground: of the ground, on average.
        text: of the text, or of its first character.
        dark_ground: the text is lighter than the ground.
    """

    ground: Colour
    text: Colour
    dark_ground: bool

    def another_text(self, random: np.random.Generator) -> Colour:
        """Return another colour that contrasts with the ground."""
        return _text_colour(luminance(self.ground), self.dark_ground, random)

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


def draw_palette(random: np.random.Generator, dark: float) -> Palette:
    """Return random colours.

    Args:
        random: the source of randomness.
        dark: the probability of a light text on a dark ground.
    """
    dark_ground = happens(random, dark)
    level = between(random, 0, 90) if dark_ground else between(random, 165, 255)
    text = _text_colour(level, dark_ground, random)
    return Palette(colour_of(level, random), text, dark_ground)


def _text_colour(ground: float, dark_ground: bool, random: np.random.Generator) -> Colour:
    if dark_ground:
        return colour_of(between(random, min(254.0, ground + _CONTRAST), 255), random)
    return colour_of(between(random, 0, max(1.0, ground - _CONTRAST)), random)
