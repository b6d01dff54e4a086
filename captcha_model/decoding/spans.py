"""Where characters stand in the original image, from the steps at which they begin and end."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from captcha_model.prediction import Frame

Floats = npt.NDArray[np.float64]


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
    rows = zip(begins.tolist(), ends.tolist(), lengths.tolist(), frames, strict=True)
    return [_placed(begin[:k], end[:k], steps, frame) for begin, end, k, frame in rows]


def _placed(
    begins: Sequence[float], ends: Sequence[float], steps: int, frame: Frame
) -> list[tuple[float, float]]:
    """Place the characters of one text; number by number, since they are few."""
    if not begins:
        return []
    middles = [(begin + end) / 2 for begin, end in zip(begins, ends, strict=True)]
    between = [(one + other) / 2 for one, other in pairwise(middles)]
    first, last = begins[0], ends[-1]
    if between:
        first = max(0.0, 2 * middles[0] - between[0])
        last = min(float(steps), 2 * middles[-1] - between[-1])
    width = float(frame.width)
    scale = width / (steps * frame.filled)
    # Where the last step of the image begins; none may begin later, or nothing would be left of it.
    latest = max(0.0, width - scale)
    edges = pairwise((first, *between, last))
    return [(min(left * scale, latest), min(right * scale, width)) for left, right in edges]
