"""Batches of one width from images that have widths of their own.

Batches of the images of one width alone would often lack some, and their order would tell the
width. Instead a pool of images is sorted by width and cut into batches, and the images of a batch
are brought to their mean width. In a pool of several batches they differ little from it, so this
is one more random change of the training images. A label that would not fit at the mean width makes
its batch wider: its loss would be infinite.
"""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from captcha_model.config import WIDTH_STEP
from captcha_model.data.samples import LabelledImages
from captcha_model.decoding.heads import CTC
from captcha_model.images.arrays import at_width
from captcha_model.images.by_width import widths
from captcha_model.networks.base import STEP_WIDTH

POOL = 8
"""The number of batches in a pool."""

STRETCH = (0.8, 1.4)
"""The least and the greatest factor by which the widths of a batch are changed at random."""

PixelsAndLabels: TypeAlias = tuple[npt.NDArray[np.uint8], tuple[str, ...]]


def batches_by_width(
    images: LabelledImages,
    batch_size: int,
    random: np.random.Generator,
    bounds: tuple[int, int] | None = None,
) -> list[PixelsAndLabels]:
    """Divide the images of a pool into batches.

    Args:
        images: of any widths; a multiple of the batch size.
        batch_size: images per batch.
        random: decides the order of the batches, and how they are stretched.
        bounds: the least and the greatest width, within which the batches are stretched by random
            factors of `STRETCH`; None stretches none.

    Returns:
        The pixels (batch_size, H, W, C) and the labels of every batch.
    """
    own = widths(images.pixels)
    order = np.argsort(own, kind="stable").reshape(-1, batch_size)
    order = random.permutation(order)
    mean_widths = [float(own[rows].mean()) for rows in order]
    if bounds:
        low, high = np.log(STRETCH).tolist()
        stretched = mean_widths * np.exp(random.uniform(low, high, len(order)))
        mean_widths = np.clip(stretched, *bounds).tolist()
    return [_batch(images, rows, width) for rows, width in zip(order, mean_widths, strict=True)]


def _batch(
    images: LabelledImages, rows: npt.NDArray[np.intp], width_about: float
) -> PixelsAndLabels:
    labels = tuple(images.labels[row] for row in rows)
    needed = STEP_WIDTH * max(map(CTC.needed_steps, labels))
    width = max(round(width_about / WIDTH_STEP), -(-needed // WIDTH_STEP)) * WIDTH_STEP
    return np.stack([at_width(images.pixels[row], width) for row in rows]), labels
