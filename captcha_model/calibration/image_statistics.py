"""What images look like, in a dozen figures each that need no network.

| figure | what it is |
|---|---|
| brightness | the median level of grey, from 0 (black) to 1 (white) |
| log contrast | of the standard deviation of the levels, from 0 to 1 |
| level 2 %, 25 %, 75 %, 98 % | quantiles of the levels, less the median |
| log edges x, y, fine and coarse | of the mean step between neighbours, at full and at half size |
| log columns, log rows | of the standard deviation of the columns' and of the rows' means |
| colourfulness | how far the channels lie apart, from 0 to 1; for colour images only |

From the levels on they are counted in the image's own contrast, all but the last, so that light and
shade change them little. Each has a tolerance: images that differ by so much look much the same.
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
"""Every figure by its name, in order, with its tolerance."""

COUNTS = MappingProxyType({1: len(TOLERANCES) - 1, 3: len(TOLERANCES)})
"""How many figures images have, by their channels."""

_CHUNK = 16  # Images that are measured at once, which a processor's cache can hold.
_SHARES = (0.02, 0.25, 0.75, 0.98)
_EVEN = 0.02  # Where there is hardly an edge, a little more or less of it is no difference.


def measure(pixels: npt.NDArray[np.uint8]) -> Floats:
    """Return the figures of images.

    Args:
        pixels: `uint8` of shape (N, H, W, C), H and W at least 4, C being 1 (grey) or 3 (colour).

    Returns:
        Shape (N, 12) for grey and (N, 13) for colour.
    """
    figures = np.empty((len(pixels), COUNTS[pixels.shape[3]]))
    for i in range(0, len(pixels), _CHUNK):
        _measure(pixels[i : i + _CHUNK], figures[i : i + _CHUNK])
    return figures


def _measure(pixels: npt.NDArray[np.uint8], figures: Floats) -> None:
    """Measure some images; whole numbers for as long as can be, which is faster."""
    grey = _without_colour(pixels, figures)
    levels = grey.astype(np.float32)
    contrast = np.maximum(_deviation(levels.reshape(len(grey), -1)), 1.0)[:, None]
    # Sums of whole numbers, as products with ones, which NumPy is done with much sooner.
    columns = np.ones(grey.shape[1], np.float32) @ levels
    rows = levels @ np.ones(grey.shape[2], np.float32)

    # NumPy sorts bytes by counting them, if the sort is to be a stable one.
    in_order = np.sort(grey.reshape(len(grey), -1), axis=1, kind="stable")
    last = in_order.shape[1] - 1
    quantiles = in_order[:, [last // 2, *(round(share * last) for share in _SHARES)]] / 1.0
    middle = quantiles[:, :1]
    figures[:, :1] = middle / 255
    figures[:, 1:2] = np.log(contrast / 255)
    figures[:, 2:6] = (quantiles[:, 1:] - middle) / contrast

    coarse = _halved(grey)
    relative = figures[:, 6:12]
    relative[:, 0] = _mean_step(grey[:, :, 1:], grey[:, :, :-1])
    relative[:, 1] = _mean_step(grey[:, 1:], grey[:, :-1])
    relative[:, 2] = _mean_step(coarse[:, :, 1:], coarse[:, :, :-1]) / 4
    relative[:, 3] = _mean_step(coarse[:, 1:], coarse[:, :-1]) / 4
    relative[:, 4] = _deviation(columns) / grey.shape[1]
    relative[:, 5] = _deviation(rows) / grey.shape[2]
    relative /= contrast
    relative += _EVEN
    np.log(relative, out=relative)


def _without_colour(pixels: npt.NDArray[np.uint8], figures: Floats) -> npt.NDArray[np.uint8]:
    """Return the mean of the channels (N, H, W), and measure how far three of them lie apart."""
    if pixels.shape[3] == 1:
        return pixels[..., 0]
    # Reducing a last axis of three would take ten times as long.
    red, green, blue = np.moveaxis(pixels, 3, 0)
    grey = ((red.astype(np.uint16) + green + blue) // 3).astype(np.uint8)
    low = np.minimum(np.minimum(red, green), blue)
    high = np.maximum(np.maximum(red, green), blue)
    figures[:, 12] = (high - low).mean(axis=(1, 2)) / 255
    return grey


def _halved(images: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint16]:
    """Return the sums of squares of four pixels; an odd last row or column is left out."""
    height, width = (side // 2 * 2 for side in images.shape[1:])
    pairs = images[:, :height:2, :width].astype(np.uint16)
    pairs += images[:, 1:height:2, :width]
    return pairs[:, :, ::2] + pairs[:, :, 1::2]


def _mean_step(one: Integers, other: Integers) -> Floats:
    """Return the mean difference between the pixels of images: shape (N,)."""
    # The difference of two numbers without a sign would wrap around.
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
