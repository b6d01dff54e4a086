"""Statistics of how images look, twelve or thirteen an image, computed without a network.

| statistic | meaning |
|---|---|
| brightness | median grey level, from 0 (black) to 1 (white) |
| log contrast | logarithm of the standard deviation of the grey levels, as a share of 255 |
| level 2 %, 25 %, 75 %, 98 % | quantiles of the grey levels minus the median |
| log edges x, y, fine and coarse | log of the mean neighbour difference, at full and half size |
| log columns, log rows | logarithm of the standard deviation of the column and row means |
| colourfulness | mean range of the three channels, from 0 to 1; for colour images only |

All but the first two and the last are relative to the contrast of the image, so that lighting
changes them little. Each has a tolerance: images that differ by it look much the same.
"""

from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from captcha_model._utils import native

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

TOLERANCES = MappingProxyType(
    {
        "brightness": 0.1,
        "log contrast": 0.2,
        "level 2 %": 0.1,
        "level 25 %": 0.1,
        "level 75 %": 0.1,
        "level 98 %": 0.1,
        "log edges x, fine": 0.1,
        "log edges y, fine": 0.1,
        "log edges x, coarse": 0.1,
        "log edges y, coarse": 0.1,
        "log columns": 0.1,
        "log rows": 0.1,
        "colourfulness": 0.05,
    }
)
"""Every statistic by its name, in order, with its tolerance."""

COUNTS = MappingProxyType({1: len(TOLERANCES) - 1, 3: len(TOLERANCES)})
"""The number of statistics by the number of channels."""

_CHUNK = 16  # Images that NumPy adds up at once; as many fit into a processor's cache.
_MAX_AREA = 4_000_000  # Pixels of an image, for sums that fit; the compiled core has it, too.
_LEVELS = 256
_SHARES = (0.02, 0.25, 0.75, 0.98)
_EVEN = 0.02  # Added before the logarithm: in an even image a small change is no difference.

# The columns of the sums over an image's pixels. They are integers, which no order of adding
# changes, so that the compiled core and NumPy give the same statistics to the last bit.
_SUM, _SQUARES = 0, 1  # Of the grey levels.
_QUANTILES = slice(2, 7)  # The median, then those of `_SHARES`.
_STEPS = slice(7, 11)  # Differences along x and y, then those of blocks of 2 x 2 pixels.
_COLUMNS, _ROWS = 11, 12  # The squares of the sums of every column, and of every row.
_RANGES = 13  # The differences between the largest and the smallest channel.
_SUMS = 14


def measure(pixels: npt.NDArray[np.uint8]) -> Floats:
    """Return the statistics of images.

    Args:
        pixels: `uint8` of shape (N, H, W, C), H and W at least 4, C being 1 (grey) or 3 (colour).

    Returns:
        Shape (N, 12) for grey and (N, 13) for colour.

    Raises:
        ValueError: an image has more than 4 million pixels.
    """
    count, height, width, channels = pixels.shape
    if height * width > _MAX_AREA:
        raise ValueError(f"Needs at most {_MAX_AREA} pixels. Received: {height} x {width}")
    last = height * width - 1
    ranks = np.array([last // 2, *(round(share * last) for share in _SHARES)], np.int64)
    sums = np.zeros((count, _SUMS), np.int64)
    if native.core:
        native.core.image_sums(np.ascontiguousarray(pixels), ranks, sums)
    else:
        for i in range(0, count, _CHUNK):
            _add_up(pixels[i : i + _CHUNK], ranks, sums[i : i + _CHUNK])
    return _statistics(sums, height, width, COUNTS[channels])


def _statistics(sums: Integers, height: int, width: int, count: int) -> Floats:
    """Return the first `count` statistics from the sums over the pixels of N images."""
    found = np.empty((len(sums), count))
    total = sums[:, _SUM]
    contrast = np.maximum(_deviation(sums[:, _SQUARES], total, height * width), 1.0)
    middle = sums[:, 2]
    found[:, 0] = middle / 255
    found[:, 1] = np.log(contrast / 255)
    found[:, 2:6] = (sums[:, _QUANTILES][:, 1:] - middle[:, None]) / contrast[:, None]
    relative = found[:, 6:12]
    high, wide = height // 2, width // 2
    pairs = [height * (width - 1), (height - 1) * width]
    pairs += [4 * high * (wide - 1), 4 * (high - 1) * wide]
    relative[:, :4] = sums[:, _STEPS] / np.array(pairs)
    relative[:, 4] = _deviation(sums[:, _COLUMNS], total, width) / height
    relative[:, 5] = _deviation(sums[:, _ROWS], total, height) / width
    relative /= contrast[:, None]
    relative += _EVEN
    np.log(relative, out=relative)
    if count > 12:
        found[:, 12] = sums[:, _RANGES] / (height * width) / 255
    return found


def _deviation(squares: Integers, total: Integers, count: int) -> Floats:
    """Return the standard deviations of N times `count` integers by their sums: shape (N,)."""
    found: Floats = np.sqrt(count * squares - total * total) / count
    return found


def _add_up(pixels: npt.NDArray[np.uint8], ranks: Integers, sums: Integers) -> None:
    """Fill in the sums over the pixels of a chunk of images, by NumPy."""
    count, height, width, channels = pixels.shape
    grey = pixels[..., 0]
    if channels == 3:
        # Reducing a last axis of length three would take ten times as long.
        red, green, blue = np.moveaxis(pixels, 3, 0)
        grey = ((red.astype(np.uint16) + green + blue) // 3).astype(np.uint8)
        low = np.minimum(np.minimum(red, green), blue)
        high = np.maximum(np.maximum(red, green), blue)
        sums[:, _RANGES] = (high - low).sum(axis=(1, 2), dtype=np.int64)

    histogram = np.array([np.bincount(x, minlength=_LEVELS) for x in grey.reshape(count, -1)])
    levels = np.arange(_LEVELS)
    sums[:, _SUM] = histogram @ levels
    sums[:, _SQUARES] = histogram @ levels**2
    sums[:, _QUANTILES] = (histogram.cumsum(axis=1)[:, None] <= ranks[:, None]).sum(axis=2)

    coarse = _halved(grey)
    sums[:, _STEPS] = np.stack(
        [
            _steps(grey[:, :, 1:], grey[:, :, :-1]),
            _steps(grey[:, 1:], grey[:, :-1]),
            _steps(coarse[:, :, 1:], coarse[:, :, :-1]),
            _steps(coarse[:, 1:], coarse[:, :-1]),
        ],
        axis=1,
    )
    # Sums as products with ones, which NumPy computes much faster. They are exact: the floats hold
    # integers of this size.
    floats: npt.NDArray[Any] = grey.astype("f" if max(height, width) < 2**16 else "d")
    columns = np.ones(height, floats.dtype) @ floats
    rows = floats @ np.ones(width, floats.dtype)
    sums[:, _COLUMNS] = (columns.astype(np.int64) ** 2).sum(axis=1)
    sums[:, _ROWS] = (rows.astype(np.int64) ** 2).sum(axis=1)


def _halved(images: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint16]:
    """Return the sums of blocks of 2 x 2 pixels; an odd last row or column is left out."""
    height, width = (side // 2 * 2 for side in images.shape[1:])
    pairs = images[:, :height:2, :width].astype(np.uint16)
    pairs += images[:, 1:height:2, :width]
    return pairs[:, :, ::2] + pairs[:, :, 1::2]


def _steps(
    one: npt.NDArray[np.unsignedinteger], other: npt.NDArray[np.unsignedinteger]
) -> Integers:
    """Return the sums of the absolute differences of the pixels of images: shape (N,)."""
    # The difference of unsigned numbers would wrap around.
    steps = np.maximum(one, other) - np.minimum(one, other)
    found: Integers = steps.reshape(len(one), -1).sum(axis=1, dtype=np.int64)
    return found
