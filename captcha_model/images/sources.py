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
    if isinstance(images, np.ndarray):
        is_batch = images.ndim == 4 or (images.ndim == 3 and images.shape[2] > _MOST_CHANNELS)
        return list(images) if is_batch else None
    if isinstance(images, _ONE) or callable(getattr(images, "read", None)):
        return None
    return list(images) if isinstance(images, Iterable) else None
