"""Random changes of training images, in NumPy, so that every backend of Keras trains on the same.

A change takes planes of images (`float32`, (N, C, H, W), from 0 to 1) that it may overwrite, and a
generator that decides how each image changes. Only `noise` may leave the range from 0 to 1. The
channels come before the rows because NumPy is several times as slow where the last axis is short.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

from captcha_model.data.synthetic.kaptcha import draw_strike_lines

Images: TypeAlias = npt.NDArray[np.float32]
Change: TypeAlias = Callable[[Images, np.random.Generator], Images]

LINES = 512  # Different pictures of strike lines.
MAX_NOISE = 0.45  # The largest standard deviation.
MAX_BLUR = 0.06  # The largest standard deviation, as a fraction of the height.
MIN_BOX, MAX_BOX = 0.05, 0.4  # The sides of a box, as fractions of the height.


def change_some(
    images: Images, rate: float, change: Change, random: np.random.Generator
) -> npt.NDArray[np.intp]:
    """Change a random fraction of images in place.

    Args:
        images: the batch.
        rate: the fraction of images that change, from 0 to 1.
        change: what is done to them.
        random: chooses the images, and is passed to the change.

    Returns:
        The indices of the changed images.
    """
    # Random rounding keeps the mean number of them.
    count = int(rate * len(images) + random.random())
    chosen = random.permutation(len(images))[:count]
    if count:
        images[chosen] = change(images[chosen], random)
    return chosen


def strike_lines(images: Images, random: np.random.Generator) -> Images:
    """Draw strike lines across images, in the style of captcha_images_v2.

    A `c` with a line through it looks like an `e`, so a network must see many lines. They are drawn
    once, because drawing new lines for every image would take longer than training on it.
    """
    size = (images.shape[3], images.shape[2])
    for image, number in zip(images, random.integers(LINES, size=len(images)), strict=True):
        lines = _lines(int(number))
        if lines.size != size:
            lines = lines.resize(size, Image.Resampling.BILINEAR)
        image *= 1 - np.asarray(lines, np.float32) / 255
    return images


@lru_cache(maxsize=LINES)
def _lines(number: int) -> Image.Image:
    drawn = draw_strike_lines(np.random.default_rng(number))
    return Image.fromarray(np.rint(255 * drawn).astype(np.uint8))


def morphology(images: Images, random: np.random.Generator) -> Images:
    """Make strokes half a pixel thinner or thicker, with equal probability."""
    lighter = random.random(len(images)) < 0.5
    for chosen, extreme in ((lighter, np.maximum), (~lighter, np.minimum)):
        images[chosen] = _of_neighbours(_of_neighbours(images[chosen], extreme, 2), extreme, 3)
    return images


def _of_neighbours(images: Images, extreme: np.ufunc, axis: int) -> Images:
    """Return the extreme of each pixel and the next one along an axis; the last one has no next."""
    first, second = (_part(images, axis, slice(*ends)) for ends in ((None, -1), (1, None)))
    return np.concatenate([extreme(first, second), _part(images, axis, slice(-1, None))], axis)


def brightness(images: Images, random: np.random.Generator, strength: float) -> Images:
    """Make each image lighter or darker by up to `strength`."""
    images += _uniform(images, random, -strength, strength)
    return np.clip(images, 0, 1, out=images)


def contrast(images: Images, random: np.random.Generator, strength: float) -> Images:
    """Multiply the distances from each channel's mean by between 1 - and 1 + `strength`."""
    mean = images.mean(axis=(2, 3), keepdims=True)
    images -= mean
    images *= _uniform(images, random, 1 - strength, 1 + strength)
    images += mean
    return np.clip(images, 0, 1, out=images)


def noise(images: Images, random: np.random.Generator) -> Images:
    """Add Gaussian noise to every value; the standard deviation differs by image."""
    deviations = _uniform(images, random, 0, MAX_NOISE)
    images += random.standard_normal(images.shape, np.float32) * deviations
    return images


def blur(images: Images, random: np.random.Generator) -> Images:
    """Blur with a Gaussian; the standard deviation differs by batch."""
    height = images.shape[2]
    radius = int(np.ceil(2 * MAX_BLUR * height))
    deviation = random.uniform(0.2, MAX_BLUR * height)
    kernel = np.exp(-0.5 * (np.arange(-radius, radius + 1) / deviation) ** 2)
    kernel = (kernel / kernel.sum()).astype(np.float32)
    for axis in (2, 3):
        images = _convolved(images, kernel, axis)
    return images


def _convolved(images: Images, kernel: Images, axis: int) -> Images:
    """Return the weighted sums of neighbours along an axis, with extended edges."""
    # Dark edges would be a feature to learn from.
    radius, length = len(kernel) // 2, images.shape[axis]
    padding = [(radius, radius) if a == axis else (0, 0) for a in range(4)]
    padded = np.pad(images, padding, mode="edge")
    result, term = np.zeros_like(images), np.empty_like(images)
    for offset, weight in enumerate(kernel):
        result += np.multiply(_part(padded, axis, slice(offset, offset + length)), weight, out=term)
    return result


def cutout(images: Images, random: np.random.Generator) -> Images:
    """Cover two regions of an image with boxes up to the size of a character.

    A third of the boxes has the colour of a random pixel, usually the background's. A third has the
    darkest or the lightest colour of the image, whichever is further from the mean: that of the
    text. So a glyph may lose or gain a stroke and look like another one. The rest has a random
    grey. (T. DeVries and G. W. Taylor, "Improved regularization of convolutional neural networks
    with cutout", 2017.)
    """
    mean, dark, light = (f(images, axis=(2, 3), keepdims=True) for f in (np.mean, np.min, np.max))
    ink = np.where(mean - dark > light - mean, dark, light)
    return draw_boxes(draw_boxes(images, ink, random), ink, random)


def draw_boxes(images: Images, ink: Images, random: np.random.Generator) -> Images:
    """Draw a box over each image.

    Args:
        images: shape (N, C, H, W); they are overwritten.
        ink: the colour of a third of the boxes, by image: shape (N, C, 1, 1).
        random: chooses the boxes and their colours; see `cutout`.
    """
    count, _, height, width = images.shape
    rows, columns = (_intervals(count, length, height, random) for length in (height, width))
    positions = random.integers(height * width, size=(count,))
    kinds, greys = random.integers(3, size=(count,)), random.random((count, 1, 1, 1))
    for n, image in enumerate(images):
        row, column = divmod(int(positions[n]), width)
        pixel = image[:, row : row + 1, column : column + 1].copy()
        image[:, slice(*rows[n]), slice(*columns[n])] = (pixel, ink[n], greys[n])[kinds[n]]
    return images


def _intervals(
    count: int, length: int, height: int, random: np.random.Generator
) -> npt.NDArray[np.intp]:
    """Return the first and the end of random intervals of pixels: shape (count, 2)."""
    centres = random.uniform(0, length, count)
    halves = random.uniform(MIN_BOX, MAX_BOX, count) * height / 2
    # Pixels whose distance from the centre is below a half of the side.
    first = np.maximum(0, np.floor(centres - halves) + 1)
    return np.stack([first, np.ceil(centres + halves)], axis=1).astype(np.intp)


def _uniform(images: Images, random: np.random.Generator, low: float, high: float) -> Images:
    """Return a random number for each image: shape (N, 1, 1, 1)."""
    return random.uniform(low, high, (len(images), 1, 1, 1)).astype(np.float32)


def _part(images: Images, axis: int, part: slice) -> Any:
    """Return a part of images along the axis of the rows (2) or the columns (3)."""
    return images[:, :, part] if axis == 2 else images[..., part]
