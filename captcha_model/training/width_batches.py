"""Batches of one width from images that have widths of their own.

Batches of the images of one width alone would often lack some, and their order would tell the
width. Instead a pool of images is sorted by width and cut into batches, and the images of a batch
are brought to their mean width. In a pool of several batches they differ little from it, so this
is one more random change of the training images.
"""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

from captcha_model.config import WIDTH_STEP
from captcha_model.data.samples import LabelledImages
from captcha_model.images.arrays import to_image, to_pixels
from captcha_model.images.by_width import widths

POOL = 8
"""The number of batches in a pool."""

PixelsAndLabels: TypeAlias = tuple[npt.NDArray[np.uint8], tuple[str, ...]]


def batches_by_width(
    images: LabelledImages, batch_size: int, random: np.random.Generator
) -> list[PixelsAndLabels]:
    """Divide the images of a pool into batches.

    Args:
        images: of any widths; a multiple of the batch size.
        batch_size: images per batch.
        random: decides the order of the batches.

    Returns:
        The pixels (batch_size, H, W, C) and the labels of every batch.
    """
    own = widths(images.pixels)
    order = np.argsort(own, kind="stable").reshape(-1, batch_size)
    return [_batch(images, rows, own) for rows in random.permutation(order)]


def _batch(
    images: LabelledImages, rows: npt.NDArray[np.intp], own: npt.NDArray[np.intp]
) -> PixelsAndLabels:
    width = round(own[rows].mean() / WIDTH_STEP) * WIDTH_STEP
    pixels = np.stack([_widened(images.pixels[row], width) for row in rows])
    return pixels, tuple(images.labels[row] for row in rows)


def _widened(pixels: npt.NDArray[np.uint8], width: int) -> npt.NDArray[np.uint8]:
    """Return an image (H, W, C) at another width."""
    if pixels.shape[1] == width:
        return pixels
    resized = to_image(pixels).resize((width, len(pixels)), Image.Resampling.BILINEAR)
    return to_pixels(resized)
