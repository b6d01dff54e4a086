"""How far the letters of a font look like letters.

Many free fonts have ornaments, or letters that nobody can read, in the places of letters. A label
that a person cannot read from the image teaches nothing.
"""

from collections.abc import Mapping
from functools import cache
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageChops, ImageDraw, ImageFont

Floats: TypeAlias = npt.NDArray[np.float32]

MIN_LEGIBILITY = 0.25  # Chosen by eye on about 550 fonts.
_CHARACTERS = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZabdefghnrt"
_SIDE = 10
_PROBE = 32


def legibility(inks: Mapping[str, Image.Image]) -> float:
    """Return the share of digits and letters that are nearest to their own kind in a plain font.

    Args:
        inks: the ink of each character, mode L, cut to its ink.

    Returns:
        From 0 to 1; 0 without digits or letters.
    """
    characters = [c for c in _CHARACTERS if c in inks]
    if not characters:
        return 0.0
    own = np.stack([_features(inks[c]) for c in characters])
    plain, kinds = _plain()
    # Not a matrix product: its threads would wait for a core that others use.
    products = np.einsum("if,jf->ij", own, plain, optimize=False)
    distances = (plain * plain).sum(axis=1) - 2 * products
    nearest = [kinds[i] for i in distances.argmin(axis=1).tolist()]
    right = [c.lower() == kind for c, kind in zip(characters, nearest, strict=True)]
    return sum(right) / len(right)


def _features(ink: Image.Image) -> Floats:
    """Return the shape of an ink, scaled to a square, and how wide it is."""
    square = ink.resize((_SIDE, _SIDE), Image.Resampling.BOX)
    pixels = np.asarray(square, np.float32).ravel()
    pixels = pixels - pixels.mean()
    length = float(np.linalg.norm(pixels)) or 1.0
    return np.append(pixels / length, np.float32(0.3 * np.log(ink.width / ink.height)))


@cache
def _plain() -> tuple[Floats, list[str]]:
    """Return the features of a plain font's characters and their kinds.

    Each is drawn thin, bold and hollow, upright and slanted.
    """
    font = ImageFont.load_default(_PROBE)
    features, kinds = [], []
    for character in _CHARACTERS:
        bold = [_ink(character, font, stroke) for stroke in range(4)]
        hollow = [ImageChops.subtract(bold[i + 1], bold[i]) for i in (0, 2)]
        for ink in (bold[0], bold[2], *hollow):
            for slant in (0.0, 0.3):
                slanted = ink.transform(
                    ink.size, Image.Transform.AFFINE, (1, slant, -slant * _PROBE, 0, 1, 0)
                )
                features.append(_features(slanted.crop(slanted.getbbox())))
                kinds.append(character.lower())
    return np.stack(features), kinds


def _ink(
    character: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, stroke: int
) -> Image.Image:
    ink = Image.new("L", (3 * _PROBE, 3 * _PROBE))
    draw = ImageDraw.Draw(ink)
    draw.text((_PROBE, _PROBE // 2), character, 255, font, stroke_width=stroke)
    return ink
