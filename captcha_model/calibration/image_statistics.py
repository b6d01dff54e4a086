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

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]

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

_CHUNK = 16  # Images measured at once; as many fit into a processor's cache.
_SHARES = (0.02, 0.25, 0.75, 0.98)
_EVEN = 0.02  # Added before the logarithm: in an even image a small change is no difference.


def measure(pixels: npt.NDArray[np.uint8]) -> Floats:
    """Return the statistics of images.

    Args:
        pixels: `uint8` of shape (N, H, W, C), H and W at least 4, C being 1 (grey) or 3 (colour).

    Returns:
        Shape (N, 12) for grey and (N, 13) for colour.
    """
    statistics = np.empty((len(pixels), COUNTS[pixels.shape[3]]))
    for i in range(0, len(pixels), _CHUNK):
        _measure(pixels[i : i + _CHUNK], statistics[i : i + _CHUNK])
    return statistics


def _measure(pixels: npt.NDArray[np.uint8], statistics: Floats) -> None:
    """Measure a chunk of images, in integers as far as possible, which is faster."""
    grey = _without_colour(pixels, statistics)
    levels = grey.astype(np.float32)
    contrast = np.maximum(_deviation(levels.reshape(len(grey), -1)), 1.0)[:, None]
    # Sums as products with ones, which NumPy computes much faster.
    columns = np.ones(grey.shape[1], np.float32) @ levels
    rows = levels @ np.ones(grey.shape[2], np.float32)

    # A stable sort of bytes is a radix sort in NumPy.
    in_order = np.sort(grey.reshape(len(grey), -1), axis=1, kind="stable")
    last = in_order.shape[1] - 1
    quantiles = in_order[:, [last // 2, *(round(share * last) for share in _SHARES)]] / 1.0
    middle = quantiles[:, :1]
    statistics[:, :1] = middle / 255
    statistics[:, 1:2] = np.log(contrast / 255)
    statistics[:, 2:6] = (quantiles[:, 1:] - middle) / contrast

    coarse = _halved(grey)
    relative = statistics[:, 6:12]
    relative[:, 0] = _mean_step(grey[:, :, 1:], grey[:, :, :-1])
    relative[:, 1] = _mean_step(grey[:, 1:], grey[:, :-1])
    relative[:, 2] = _mean_step(coarse[:, :, 1:], coarse[:, :, :-1]) / 4
    relative[:, 3] = _mean_step(coarse[:, 1:], coarse[:, :-1]) / 4
    relative[:, 4] = _deviation(columns) / grey.shape[1]
    relative[:, 5] = _deviation(rows) / grey.shape[2]
    relative /= contrast
    relative += _EVEN
    np.log(relative, out=relative)


def _without_colour(pixels: npt.NDArray[np.uint8], statistics: Floats) -> npt.NDArray[np.uint8]:
    """Return the mean of the channels (N, H, W), and measure the colourfulness of colour images."""
    if pixels.shape[3] == 1:
        return pixels[..., 0]
    # Reducing a last axis of length three would take ten times as long.
    red, green, blue = np.moveaxis(pixels, 3, 0)
    grey = ((red.astype(np.uint16) + green + blue) // 3).astype(np.uint8)
    low = np.minimum(np.minimum(red, green), blue)
    high = np.maximum(np.maximum(red, green), blue)
    statistics[:, 12] = (high - low).mean(axis=(1, 2)) / 255
    return grey


def _halved(images: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint16]:
    """Return the sums of blocks of 2 x 2 pixels; an odd last row or column is left out."""
    height, width = (side // 2 * 2 for side in images.shape[1:])
    pairs = images[:, :height:2, :width].astype(np.uint16)
    pairs += images[:, 1:height:2, :width]
    return pairs[:, :, ::2] + pairs[:, :, 1::2]


def _mean_step(one: Integers, other: Integers) -> Floats:
    """Return the mean absolute difference of the pixels of images: shape (N,)."""
    # The difference of unsigned numbers would wrap around.
    steps = (np.maximum(one, other) - np.minimum(one, other)).reshape(len(one), -1)
    mean: Floats = steps.sum(axis=1, dtype=np.uint32) / steps.shape[1]
    return mean


def _deviation(values: npt.NDArray[np.float32]) -> Floats:
    """Return the standard deviation of every row; NumPy's own takes several times as long."""
    count = values.shape[1]
    centred = values - values.sum(axis=1, keepdims=True) / np.float32(count)
    centred *= centred
    found: Floats = np.sqrt(centred.sum(axis=1) / float(count))
    return found
