"""Which rows of an image its text seems to stand in, where that is a part of the height.

Where a text is small in a high image, the network sees too few rows of it. Margins without ink are
cut away already (`captcha_model.images.trim`); this is for text on noise, textures and lines. Text
has more steep changes of brightness in a row than what lies around it. If that stands out of a
third of the rows, the least window with nearly all of it is taken, and a margin around it.

It is a guess: it may cut the tails of letters off, so that the whole image must be read too. How
the figures were chosen is in docs/decisions.md.
"""

import numpy as np
import numpy.typing as npt
from PIL import Image

from captcha_model.images.arrays import Box

Floats = npt.NDArray[np.floating]

_LOOKED_AT = 96  # Rows, to which a higher image is scaled down: noise is averaged away.
_STEEP = 96.0  # Levels of 255; steeper changes count no more.
_SMOOTHED = 24  # Over this fraction of the rows.
_QUIET = 0.35  # Of the rows: the least steep ones, which are taken for the ground.
_ABOVE = (0.1, 3.0)  # The ground's mean, and its standard deviations: what text must exceed it by.
_PEAK = (0.3, 8.0, 1.0)  # The same, and levels: what the steepest row must exceed it by.
_SHARE = 0.95  # Of what exceeds the ground, within the window.
_MARGIN = 0.25  # Of the window's height, on both sides.
_LEAST_ROWS, _LEAST, _MOST = 14, 0.1, 0.72  # Of the image's height, with the margin.


def text_rows(image: Image.Image, box: Box) -> tuple[int, int] | None:
    """Return the rows in which the text of an image seems to stand.

    Args:
        image: any mode that can become grey.
        box: the part of the image that is looked at.

    Returns:
        The first row and the one behind the last, within the box; None if its text seems to take
        most of its height, or cannot be told from the rest.
    """
    left, top, right, bottom = box
    height = bottom - top
    rows = min(height, _LOOKED_AT)
    columns = max(2, round((right - left) * rows / height))
    grey = image.convert("L").resize((columns, rows), Image.Resampling.BOX, box)
    window = window_of(_steepness(np.asarray(grey)))
    if window is None:
        return None
    first, last = (place * height / rows for place in window)
    margin = max(2.0, _MARGIN * (last - first))
    first, last = max(0, round(first - margin)), min(height, round(last + margin))
    if not max(_LEAST_ROWS, _LEAST * height) <= last - first <= _MOST * height:
        return None
    return top + first, top + last


def _steepness(grey: npt.NDArray[np.uint8]) -> Floats:
    """Return how steeply the brightness changes along each row, in levels a pixel: shape (H,)."""
    changes = np.abs(np.diff(grey.astype(np.int16), axis=1))
    by_row: Floats = np.minimum(changes, _STEEP).mean(axis=1)
    return by_row


def window_of(by_row: Floats) -> tuple[int, int] | None:
    """Return the least window with nearly all that exceeds the ground.

    Args:
        by_row: how much each row has of what text has, at least 0, of at least one row.

    Returns:
        The first row and the one behind the last; None if nothing stands out.
    """
    count = len(by_row)
    width = max(1, count // _SMOOTHED)
    padded = np.pad(by_row, (width // 2, width - 1 - width // 2), mode="edge")
    smooth = np.convolve(padded, np.full(width, 1 / width), "valid")
    quiet = np.sort(smooth)[: max(4, int(_QUIET * count))]
    ground, spread = float(quiet.mean()), float(quiet.std())
    peak, deviations, levels = _PEAK
    if smooth.max() - ground < max(peak * ground, deviations * spread, levels):
        return None
    least, deviations = _ABOVE
    excess = np.maximum(0, smooth - ground - max(least * ground, deviations * spread))
    before = np.concatenate([[0.0], np.cumsum(excess)])
    wanted = before[:-1] + _SHARE * before[-1]
    # A little less, because sums are not exact; behind the last row if there is not enough below.
    ends = np.searchsorted(before, wanted * (1 - 1e-9))
    first = int(np.where(ends <= count, ends - np.arange(count), count + 1).argmin())
    return first, int(ends[first])
