"""Images of a single colour, in which there is nothing to read."""

import numpy as np
import numpy.typing as npt

from captcha_model._utils import native
from captcha_model.images.by_width import Pixels, each_width

_FAR = 50.0  # Logits this far below another one have no probability to speak of.


def with_blanks(
    logits: npt.NDArray[np.floating], pixels: Pixels, temperature: float
) -> npt.NDArray[np.floating]:
    """Return logits (N, T, classes) with class 0 at every step of images of a single colour.

    A network may read a letter in such an image, because none was in its training.

    Args:
        logits: the output of a network.
        pixels: its input, N images.
        temperature: the logits will be divided by it.
    """
    has_text = each_width(_has_two_colours, pixels)
    if has_text.all():
        return logits
    blank = np.full(logits.shape[2:], -_FAR * temperature, logits.dtype)
    blank[0] = 0
    return np.where(has_text[:, None, None], logits, blank)


def _has_two_colours(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
    """Return which of the images (N, H, W, C) have more than a single colour: shape (N,)."""
    if native.core:
        found = np.empty(len(pixels), np.uint8)
        native.core.two_colours(np.ascontiguousarray(pixels), found)
        return found.view(np.bool_)
    return (pixels != pixels[:, :1, :1]).any(axis=(1, 2, 3))
