"""Arrays as images, by strict rules: no value range or channel order is ever guessed."""

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

from captcha_model.errors import ImageError
from captcha_model.images.size_limits import check_size

Box: TypeAlias = tuple[int, int, int, int]
"""Left, top, and the first column and row outside, in pixels."""


def to_eight_bits(array: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    """Check an array and return its values scaled to 8 bits; the array itself does not change.

    Args:
        array: shape (H, W) or (H, W, C) with 1, 3 or 4 channels (grey, RGB, RGBA), in any memory
            layout and byte order; `uint8`, `uint16`, `bool` (true is white), or floating point from
            0 (black) to 1 (white).

    Returns:
        A contiguous array of shape (H, W) or (H, W, 3 or 4), from 0 to 255.

    Raises:
        ImageError: the shape, the type or the range is another one, or see `check_size`.
    """
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (1, 3, 4)):
        raise ImageError(
            "An array must have the shape (H, W) or (H, W, C) with 1, 3 or 4 channels. "
            f"Received: {array.shape}",
            code="ARRAY_SHAPE",
        )
    check_size(array.shape[1], array.shape[0])
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    return np.ascontiguousarray(_scaled(array).astype(np.uint8))


def to_image(pixels: npt.NDArray[np.uint8]) -> Image.Image:
    """Return pixels of shape (H, W, 1 or 3) as an image of mode L or RGB."""
    return Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)


def to_pixels(image: Image.Image) -> npt.NDArray[np.uint8]:
    """Return an image of mode L or RGB as pixels of shape (H, W, 1 or 3)."""
    return np.asarray(image, np.uint8).reshape(image.height, image.width, -1)


def box_of(mask: npt.NDArray[np.bool_]) -> Box | None:
    """Return the box of what is true in a mask of shape (H, W); None if nothing is."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not rows.size:
        return None
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def at_width(pixels: npt.NDArray[np.uint8], width: int) -> npt.NDArray[np.uint8]:
    """Return pixels of shape (H, W, 1 or 3) at another width, of the same height."""
    if pixels.shape[1] == width:
        return pixels
    return to_pixels(to_image(pixels).resize((width, len(pixels)), Image.Resampling.BILINEAR))


def _scaled(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return the values scaled to 0 to 255, of any type."""
    kind, size = array.dtype.kind, array.dtype.itemsize
    if kind == "b":
        return array * np.uint8(255)
    if kind == "f":
        # NaN fails both comparisons, an infinity one of them.
        if not ((array >= 0) & (array <= 1)).all():
            raise ImageError(
                "A floating-point array must have values from 0 (black) to 1 (white), without NaN. "
                "For 0 to 255 use uint8.",
                code="ARRAY_RANGE",
            )
        return np.rint(array * 255)
    if kind == "u" and size == 2:
        return (array.astype(np.uint32) + 128) // 257
    if kind == "u" and size == 1:
        return array
    raise ImageError(
        "An array must be uint8, uint16, bool, or floating point from 0 to 1. "
        f"Received: {array.dtype}",
        code="ARRAY_TYPE",
    )
