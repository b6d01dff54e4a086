"""Character spans: from time steps to pixels of the original image."""

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
    """Return where the characters of N texts are in the original images.

    A network emits a character in one or two steps somewhere over its glyph. So a span reaches
    half-way to the centres of the neighbouring characters. The first and the last span are
    symmetric about the centre of their character; the span of a single character is its own steps.
    Spans end where the part of the image that is seen ends, before the padding; a character that is
    emitted in the padding gets the last step of the image.

    Args:
        begins: shape (N, L), where each character begins, in fractional steps from 0 to T. Values
            beyond the length of a text are ignored.
        ends: shape (N, L), where each ends: at least one step later, and not after the beginning of
            the next one.
        lengths: shape (N,), the lengths of the texts.
        steps: the number T of steps, which divide the width of the network's input evenly.
        frames: the sizes of the N images, and which part of each is seen.

    Returns:
        For each image, (left, right) of each character in pixels from the left edge of the whole
        image, with first <= left < right <= end of the part that is seen.
    """
    rows = zip(begins.tolist(), ends.tolist(), lengths.tolist(), frames, strict=True)
    return [_spans_of(begin[:k], end[:k], steps, frame) for begin, end, k, frame in rows]


def _spans_of(
    begins: Sequence[float], ends: Sequence[float], steps: int, frame: Frame
) -> list[tuple[float, float]]:
    """Return the spans of one text. Plain Python is faster than NumPy for a few characters."""
    if not begins:
        return []
    centres = [(begin + end) / 2 for begin, end in zip(begins, ends, strict=True)]
    between = [(one + other) / 2 for one, other in pairwise(centres)]
    first, last = begins[0], ends[-1]
    if between:
        first = max(0.0, 2 * centres[0] - between[0])
        last = min(float(steps), 2 * centres[-1] - between[-1])
    start, end = frame.seen
    scale = (end - start) / (steps * frame.filled)
    # The beginning of the image's last step. No span begins later, so that none is empty.
    latest = max(float(start), end - scale)
    edges = pairwise((first, *between, last))
    return [
        (min(start + left * scale, latest), min(start + right * scale, float(end)))
        for left, right in edges
    ]
