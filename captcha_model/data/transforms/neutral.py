"""Random changes of training images that have no look of their own and keep every character whole.

The other augmentations were made for one look: they strike lines through the text and shift it by a
fraction of the frame. Here an image is turned, slanted, stretched and moved only as far as what it
shows stays inside the frame, so an image whose text fills the frame is made smaller instead. A wide
image is turned less, because its ends would move farther. Colours, sharpness and noise change a
little.
"""

import io
import math
from typing import TypeVar

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from captcha_model.images.arrays import Box, box_of, to_image, to_pixels

Pixels = npt.NDArray[np.uint8]
_Value = TypeVar("_Value", bound=np.generic)

_TILT = 0.1  # The most that the ends of a line move up or down, as a share of the height.
_SLANT = 0.15  # The tangent of the largest angle.
_STRETCH = 0.12  # Of either side.
_MOVE = 0.06  # As a share of the height, in both directions.
_CONTRAST, _BRIGHTNESS = 0.2, 20  # Of each colour; the brightness in levels of 255.
_OFTEN = 0.2  # The share of images that are blurred, compressed or made noisy, each.
_BLUR, _QUALITY, _NOISE = (0.3, 0.8), (40, 90), (2.0, 8.0)
_INK = 48  # Levels by which what an image shows differs from the median of its border.


def neutral_copy(pixels: Pixels, random: np.random.Generator, strength: float = 1.0) -> Pixels:
    """Return a randomly changed copy of an image.

    Args:
        pixels: shape (H, W, C).
        random: decides everything.
        strength: 1 for the full changes, 0 for none.
    """
    image = _moved(pixels, random, strength)
    often, (blurred, compressed, noisy) = _OFTEN * strength, random.random(3)
    if blurred < often:
        image = image.filter(ImageFilter.GaussianBlur(random.uniform(*_BLUR)))
    if compressed < often:
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", quality=int(random.integers(*_QUALITY)))
        image = Image.open(buffer)
    found = to_pixels(image)
    channels = pixels.shape[2]
    contrast = 1 + strength * random.uniform(-_CONTRAST, _CONTRAST, channels)
    brightness = strength * random.uniform(-_BRIGHTNESS, _BRIGHTNESS, channels)
    # Of each of the 256 levels, which takes a tenth of the time of every pixel's.
    changed = (np.arange(256.0)[:, None] - 128) * contrast + 128 + brightness
    if noisy < often:
        values = _by_channel(changed, found)
        values += random.normal(0, random.uniform(*_NOISE), values.shape)
        return _to_levels(values)
    return _by_channel(_to_levels(changed), found)


def _by_channel(table: npt.NDArray[_Value], pixels: Pixels) -> npt.NDArray[_Value]:
    """Look the levels of every channel up in its column of a table of shape (256, C)."""
    return np.stack([table[pixels[..., c], c] for c in range(pixels.shape[2])], axis=-1)


def _to_levels(values: npt.NDArray[np.floating]) -> Pixels:
    return np.clip(np.round(values), 0, 255).astype(np.uint8)


def _moved(pixels: Pixels, random: np.random.Generator, strength: float) -> Image.Image:
    """Turn, slant, stretch and move what an image shows, inside its frame."""
    height, width, _ = pixels.shape
    frame = np.array([width, height], float)
    left, top, right, bottom = shown_box(pixels)
    angle, slant, stretch_x, stretch_y, move_x, move_y = strength * random.uniform(-1, 1, 6)
    angle *= math.atan(2 * _TILT * height / width)
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    matrix = turn @ np.array([[1, _SLANT * slant], [0, 1]])
    matrix = matrix @ np.diag(1 + _STRETCH * np.array([stretch_x, stretch_y]))
    middle = np.array([left + right, top + bottom]) / 2
    corners = np.array([(x, y) for x in (left, right) for y in (top, bottom)]) - middle
    moved = corners @ matrix.T
    # Smaller by as much as it would not fit.
    fit = np.minimum(1, frame / np.ptp(moved, axis=0))
    matrix, moved = np.diag(fit) @ matrix, moved * fit
    place = middle + _MOVE * height * np.array([move_x, move_y])
    place = np.clip(place, -moved.min(axis=0), frame - moved.max(axis=0))
    # Pillow takes the inverse: from a pixel of the result to one of the source.
    inverse = np.linalg.inv(matrix)
    border = math.ceil(max(height, width) / 4)
    offset = middle - inverse @ place + border
    coefficients = (*inverse[0], offset[0], *inverse[1], offset[1])
    # The colours of the edges go on outside.
    widened = np.pad(pixels, ((border, border), (border, border), (0, 0)), mode="edge")
    return to_image(widened).transform(
        (width, height), Image.Transform.AFFINE, coefficients, Image.Resampling.BILINEAR
    )


def shown_box(pixels: Pixels) -> Box:
    """Return the box (left, top, right, bottom) of what differs from the border of an image.

    The right and the bottom are the first columns and rows outside. An image on which nothing
    differs is its own box.
    """
    border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    differs = np.zeros(pixels.shape[:2], bool)
    levels = np.arange(256)
    for channel, ground in enumerate(np.median(border, axis=0)):
        differs |= (np.abs(levels - ground) > _INK)[pixels[..., channel]]
    return box_of(differs) or (0, 0, pixels.shape[1], pixels.shape[0])
