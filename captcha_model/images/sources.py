"""Whether something is one image or several."""

import os
from collections.abc import Iterable
from typing import Any

import numpy as np
from PIL import Image

from captcha_model.images.decode import ImageSource

_ONE = (str, bytes, bytearray, memoryview, os.PathLike, Image.Image)
_MOST_CHANNELS = 4


def several(images: Any) -> list[ImageSource] | None:
    """Return the images of an iterable or of a batch; None if it is one image.

    Args:
        images: an image source; any iterable of them; or an array of images of shape (N, H, W) or
            (N, H, W, C). An array of three dimensions is one image if the last one has at most 4
            entries, the most channels that there are.
    """
    return list(images) if isinstance(images, Iterable) and not _is_one(images) else None


def check_stream(images: Any) -> None:
    """Raise a `TypeError` for a single image, whose letters, bytes or rows would be the images."""
    if _is_one(images):
        is_name = isinstance(images, str | os.PathLike)
        shown = f"{images!r:.100}" if is_name else f"a value of the type {type(images).__name__}"
        raise TypeError(
            "A stream is read from an iterable of images, such as [image]; predict takes a single "
            f"one, too. Received: {shown}"
        )


def _is_one(images: Any) -> bool:
    if isinstance(images, np.ndarray):
        return not (images.ndim == 4 or (images.ndim == 3 and images.shape[2] > _MOST_CHANNELS))
    return isinstance(images, _ONE) or callable(getattr(images, "read", None))
