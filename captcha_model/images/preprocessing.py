"""From any image to the input of a network: this is where images are resized.

One image becomes `uint8` of shape (height, width, channels) from 0 (black) to 255 (white); a batch
of them becomes `float32` from 0 to 1, the only range that networks see.

With the resize "scale" the width follows the image. Up to three times as wide as high it keeps its
aspect ratio. Wider images mostly have wide gaps, so they are narrowed: their width grows with the
square root of their ratio. Empty margins are cut away before, if the settings say so.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from captcha_model.config import WIDTH_STEP, CaptchaConfig
from captcha_model.images.arrays import Box, to_pixels
from captcha_model.images.decode import ImageSource, decode_opaque
from captcha_model.images.frames import unread_warnings
from captcha_model.images.sanitize import FrameChoice
from captcha_model.images.text_rows import text_rows
from captcha_model.images.trim import ink_box
from captcha_model.prediction import Frame

_NARROWED_FROM = 3.0  # The ratio of width to height.
_MORE_ROWS = 1.125  # Than the network has: fewer show nothing more when looked at more closely.


@dataclass(frozen=True)
class PreparedImage:
    """An image at the network's size.

    Attributes:
        pixels: `uint8` of shape (height, width, channels), the network's input shape; with the
            resize "scale" the width is the image's own.
        frame: the size of the original image after its EXIF rotation, which of its columns are
            seen, the fraction of the input's columns that they fill, from the left (the rest is
            padding), and its warnings.
        closer: the same columns of the rows in which the text seems to stand, at the network's
            height; None if that is most of them, or the settings ask for no closer look.
    """

    pixels: npt.NDArray[np.uint8]
    frame: Frame
    closer: npt.NDArray[np.uint8] | None = None


def prepare(
    source: ImageSource, config: CaptchaConfig, frames: FrameChoice | None = None
) -> PreparedImage:
    """Decode one image and resize it to the network's input, as `config.resize` says.

    Raises:
        ImageError: see `decode_opaque`.
    """
    image = decode_opaque(source, frames)
    warnings = unread_warnings(image) if frames is None else ()
    width, height = image.size
    image = image.convert("L" if config.channels == 1 else "RGB")
    size = (config.width, config.height)
    whole = (0, 0, width, height)
    box = ink_box(image) if config.trim else whole
    filled = 1.0
    if config.any_width:
        size = (scaled_width(box[2] - box[0], box[3] - box[1], config), config.height)
    elif config.resize == "pad":
        scale = min(config.width / width, config.height / height)
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        filled = size[0] / config.width
    scaled = image
    if image.size != size or box != whole:
        scaled = image.resize(size, Image.Resampling.BILINEAR, box)
    pixels = np.frombuffer(scaled.tobytes(), np.uint8).reshape(size[1], size[0], config.channels)
    if config.resize == "pad":
        pixels = _pad(pixels, config)
    right = box[2] if box[2] < width else None
    frame = Frame(width, height, filled, warnings, box[0], right)
    return PreparedImage(pixels, frame, _closer(image, box, config))


def _closer(image: Image.Image, box: Box, config: CaptchaConfig) -> npt.NDArray[np.uint8] | None:
    """Return the rows of small text in a part of an image, at the network's height."""
    left, top, right, bottom = box
    if not config.closer or bottom - top <= _MORE_ROWS * config.height:
        return None
    rows = text_rows(image, box)
    if rows is None:
        return None
    size = (scaled_width(right - left, rows[1] - rows[0], config), config.height)
    scaled = image.resize(size, Image.Resampling.BILINEAR, (left, rows[0], right, rows[1]))
    return to_pixels(scaled)


def scaled_width(width: int, height: int, config: CaptchaConfig) -> int:
    """Return how wide the network's input is for an image of this size, with the resize "scale".

    It is a multiple of `WIDTH_STEP` within the bounds of the settings, so up to half a step is
    stretched.

    Args:
        width: of the image, in pixels.
        height: of the image, in pixels.
        config: the settings, of which `min_width` is not None.
    """
    ratio = width / height
    if ratio > _NARROWED_FROM:
        ratio = math.sqrt(ratio * _NARROWED_FROM)
    least = config.min_width or 0
    wished = min(max(config.height * ratio, least), config.width)
    return round(wished / WIDTH_STEP) * WIDTH_STEP


def _pad(pixels: npt.NDArray[np.uint8], config: CaptchaConfig) -> npt.NDArray[np.uint8]:
    """Pad pixels of shape (h, w, C) to the input's shape, at its left and vertically centred.

    The padding has the median colour of the image's border, so that no edge appears.
    """
    height, width, _ = pixels.shape
    if pixels.shape == config.input_shape:
        return pixels
    border = np.concatenate([pixels[0], pixels[-1], pixels[1:-1, 0], pixels[1:-1, -1]])
    padded = np.full(config.input_shape, np.median(border, axis=0), np.uint8)
    top = (config.height - height) // 2
    padded[top : top + height, :width] = pixels
    return padded


def to_batch(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Turn images (N, H, W, C) into a network's input: float32 of the same shape, from 0 to 1."""
    batch: npt.NDArray[np.float32] = pixels * np.float32(1 / 255)
    return batch
