"""Where characters stand in the original image, from the steps at which they begin and end."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


class Frame(NamedTuple):
    """An image's original size in pixels, and the share of the network's width that it takes."""

    width: int
    height: int
    filled: float = 1.0


def spans(
    begins: Floats,
    ends: Floats,
    lengths: npt.NDArray[np.intp],
    steps: int,
    frames: Sequence[Frame],
) -> list[list[tuple[float, float]]]:
    """Place the characters of N texts in the original images.

    A network emits a character in one or two steps somewhere over its glyph, so a character's span
    reaches half-way to its neighbours' middles. The outer ends lie as far from their own character
    as its inner end does; a lone character spans its own steps. What reaches into the padding at
    the right ends with the image, and a character that stands in the padding has the image's last
    step.

    Args:
        begins: shape (N, L), where each character begins, in steps from 0 to T, which need not be
            whole. What stands behind a text's length means nothing.
        ends: where each ends, at least a step behind and not behind the next one's beginning.
        lengths: shape (N,), of the texts.
        steps: their number T; they share the network's width evenly.
        frames: of the N images.

    Returns:
        For each image (left, right) for each character, in pixels from the image's left edge, with
        0 <= left < right <= width.
    """
    if not begins.shape[1]:
        return [[] for _ in frames]
    middles = (begins + ends) / 2
    between = (middles[:, 1:] + middles[:, :-1]) / 2
    lefts, rights = begins.copy(), ends.copy()
    lefts[:, 1:], rights[:, :-1] = between, between
    if between.shape[1]:
        several, alone = np.flatnonzero(lengths > 1), np.flatnonzero(lengths == 1)
        last = lengths[several] - 1
        lefts[several, 0] = np.maximum(0.0, 2 * middles[several, 0] - between[several, 0])
        reach = 2 * middles[several, last] - between[several, last - 1]
        rights[several, last] = np.minimum(float(steps), reach)
        rights[alone, 0] = ends[alone, 0]

    width = np.array([frame.width for frame in frames], np.float64)[:, None]
    scale = width / (steps * np.array([frame.filled for frame in frames])[:, None])
    # Where the last step of the image begins; none may begin later, or nothing would be left of it.
    lefts = np.minimum(lefts * scale, np.maximum(0.0, width - scale))
    rights = np.minimum(rights * scale, width)
    rows = zip(lefts.tolist(), rights.tolist(), lengths.tolist(), strict=True)
    return [list(zip(left[:k], right[:k], strict=True)) for left, right, k in rows]
