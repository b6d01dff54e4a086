"""Synthetic images of every look, each from a seed and an index."""

import copy
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from PIL import Image

from captcha_model.data.synthetic.looks.camera import photograph
from captcha_model.data.synthetic.looks.chance import happens, pick, weighted
from captcha_model.data.synthetic.looks.composition import compose
from captcha_model.data.synthetic.looks.damage import damage
from captcha_model.data.synthetic.looks.displays import draw_binarised, draw_segments
from captcha_model.data.synthetic.looks.dot_matrix import draw_dot_matrix
from captcha_model.data.synthetic.looks.empty import draw_empty
from captcha_model.data.synthetic.looks.families import (
    ALL_FAMILIES,
    CAPTCHAS,
    CODES,
    EMPTY,
    FAMILIES,
    OPTIONAL,
    WEIGHTS,
)
from captcha_model.data.synthetic.looks.family import LIGHT_DAMAGES
from captcha_model.data.synthetic.looks.fonts import FontBook
from captcha_model.data.synthetic.looks.held_out import HELD_OUT
from captcha_model.data.synthetic.looks.kaptcha_look import draw_kaptcha
from captcha_model.data.synthetic.looks.licence_plates import draw_plate
from captcha_model.data.synthetic.looks.liquid_crystals import draw_lcd
from captcha_model.data.synthetic.looks.surfaces import draw_drums, draw_serial
from captcha_model.data.synthetic.looks.texts import draw_text, label_of
from captcha_model.data.synthetic.looks.tickets import draw_ticket
from captcha_model.errors import DataError

_DRAW_CODE: dict[str, Callable[[str, FontBook, np.random.Generator], Image.Image]] = {
    "segments": draw_segments,
    "lcd": draw_lcd,
    "binarised": draw_binarised,
    "dot-matrix": draw_dot_matrix,
    "drums": draw_drums,
    "plates": draw_plate,
    "serials": draw_serial,
    "tickets": draw_ticket,
    "kaptcha": draw_kaptcha,
}
# How often a family of codes is seen through a camera.
_PHOTOGRAPHED = {
    **{"segments": 0.2, "lcd": 0.4, "binarised": 0.0, "dot-matrix": 0.2},
    **{"drums": 0.3, "plates": 0.5, "serials": 0.4, "tickets": 0.4},
    "kaptcha": 0.0,
}
_COMPOSED = {**CAPTCHAS, **HELD_OUT}
_CODE_TEXTS = {**CODES, **OPTIONAL}
_CODE_DAMAGES = ("blur", "noise", "jpeg", "rescaled")
_CODE_DAMAGED = 0.35
_MAX_WIDTH = 400


@dataclass(frozen=True)
class SyntheticLook:
    """A synthetic image.

    Attributes:
        image: mode RGB.
        text: the text that it shows, "" for the family `empty`.
        family: one of `ALL_FAMILIES`.
    """

    image: Image.Image
    text: str
    family: str


class LookRenderer:
    """Draws images of many looks; the same seed, fonts and index always give the same image.

    Args:
        seed: an integer >= 0.
        fonts: a folder of TrueType or OpenType files; None takes the built-in fonts.
        families: which of `ALL_FAMILIES` to draw, each as often as `WEIGHTS` says; None takes
            `FAMILIES`, which has none that is held out or optional.

    Raises:
        DataError: the seed is negative, a family is unknown, or the folder has no usable font.

    Example:
        >>> look = LookRenderer(seed=1, families=["plates"]).draw(0)
        >>> look.family
        'plates'
    """

    def __init__(
        self, seed: int, fonts: Path | None = None, families: Iterable[str] | None = None
    ) -> None:
        _check_seed(seed)
        self._families = FAMILIES if families is None else tuple(families)
        unknown = [name for name in self._families if name not in ALL_FAMILIES]
        if unknown or not self._families:
            raise DataError(
                f"Families must be some of {', '.join(ALL_FAMILIES)}. Received: {unknown}"
            )
        self._seed = seed
        self._ends = np.cumsum([WEIGHTS[name] for name in self._families]).tolist()
        self._fonts = FontBook(fonts)

    def with_seed(self, seed: int) -> Self:
        """Return a renderer with another seed and the same fonts, which take a while to load.

        Raises:
            DataError: the seed is negative.
        """
        _check_seed(seed)
        other = copy.copy(self)
        other._seed = seed
        return other

    @property
    def fonts(self) -> tuple[str, ...]:
        """The names of the font files to choose from; "" is the font that Pillow ships."""
        return tuple(font.path.name if font.path else "" for font in self._fonts.fonts)

    def family(self, index: int) -> str:
        """Return the family of image `index` (>= 0) without drawing it."""
        return self._family(self._random(index))

    def _random(self, index: int) -> np.random.Generator:
        return np.random.default_rng([self._seed, index])

    def _family(self, random: np.random.Generator) -> str:
        return self._families[weighted(random, self._ends)]

    def draw(self, index: int) -> SyntheticLook:
        """Draw image `index` (>= 0)."""
        random = self._random(index)
        name = self._family(random)
        if name in _COMPOSED:
            family = _COMPOSED[name]
            text = draw_text(pick(random, family.texts), random)
            image = compose(text, family, self._fonts, random)
            damages, damaged = family.damages, family.damaged
        elif name == EMPTY:
            text, image = "", draw_empty(self._fonts, random)
            damages, damaged = LIGHT_DAMAGES, _CODE_DAMAGED
        else:
            text = draw_text(pick(random, _CODE_TEXTS[name]), random)
            image = _DRAW_CODE[name](text, self._fonts, random)
            if happens(random, _PHOTOGRAPHED[name]):
                image = photograph(image, random)
            image = _at_most(_MAX_WIDTH, image)
            damages, damaged = _CODE_DAMAGES, _CODE_DAMAGED
        for _ in range(2):
            if happens(random, damaged):
                image = damage(image, pick(random, damages), random)
        return SyntheticLook(image, label_of(text), name)


def _check_seed(seed: int) -> None:
    if seed < 0:
        raise DataError(f"A seed must be an integer >= 0. Received: {seed}")


def _at_most(width: int, image: Image.Image) -> Image.Image:
    """Return an image, scaled down if it is wider."""
    if image.width <= width:
        return image
    height = max(1, round(image.height * width / image.width))
    return image.resize((width, height), Image.Resampling.BOX)
