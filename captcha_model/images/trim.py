"""Which part of an image has ink, so that small text in a large image gets the network's height.

The ground is the median colour of the image, or of some thousand of its pixels if it is large. Ink
is what differs from it in any channel. Where something differs at all four sides, as on most
gradients and textures, nothing is cut away.
"""

import numpy as np
import numpy.typing as npt
from PIL import Image

from captcha_model._utils import native
from captcha_model.images.arrays import Box, box_of, to_pixels

Pixels = npt.NDArray[np.uint8]

_LOOKED_AT = 4096  # Pixels that the ground is the median of, up to twice as many.
_CONTRAST = 16  # Levels of 255. Compression changes a flat ground by less than this.
_MARGIN = 0.15  # Of the ink's height; measured in docs/decisions.md.
_LEAST_MARGIN = 2
_LEAST_INK = 6  # Pixels in each direction; less is dirt, which must not be enlarged to letters.


def ink_box(image: Image.Image) -> Box:
    """Return the columns and rows that have ink, with a margin around them.

    Args:
        image: mode L or RGB.

    Returns:
        (left, top, right, bottom) in pixels, within the image; the whole image where it has next to
        no ink.
    """
    step = max(1, image.width * image.height // _LOOKED_AT)
    left, top, right, bottom = (_compiled if native.core else _ink)(to_pixels(image), step)
    if min(right - left, bottom - top) < _LEAST_INK:
        return (0, 0, image.width, image.height)
    margin = max(_LEAST_MARGIN, round(_MARGIN * (bottom - top)))
    return (
        max(0, left - margin),
        max(0, top - margin),
        min(image.width, right + margin),
        min(image.height, bottom + margin),
    )


def _ink(pixels: Pixels, step: int) -> Box:
    """Return the columns and rows that have ink, or four times 0, by NumPy.

    Args:
        pixels: shape (H, W, C).
        step: the ground is the median of every so many pixels.
    """
    looked_at = pixels.reshape(-1, pixels.shape[2])[::step]
    ground = np.sort(looked_at, axis=0)[(len(looked_at) - 1) // 2]
    differs = np.abs(pixels.astype(np.int16) - ground).max(axis=2) > _CONTRAST
    return box_of(differs) or (0, 0, 0, 0)


def _compiled(pixels: Pixels, step: int) -> Box:
    """Do the same by the compiled core."""
    assert native.core is not None
    found = np.empty(4, np.int64)
    native.core.ink_box(pixels, step, _CONTRAST, found)
    left, top, right, bottom = found.tolist()
    return left, top, right, bottom
