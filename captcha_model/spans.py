"""Where characters stand in the original image, from the steps at which they begin and end."""

import itertools
from collections.abc import Sequence
from typing import NamedTuple


class Frame(NamedTuple):
    """An image's original size in pixels, and the share of the network's width that it takes."""

    width: int
    height: int
    filled: float = 1.0


def spans(
    begins: Sequence[float], ends: Sequence[float], steps: int, frame: Frame
) -> list[tuple[float, float]]:
    """Place the characters of one text in the original image.

    A network emits a character in one or two steps somewhere over its glyph, so a character's span
    reaches half-way to its neighbours' middles. The outer ends lie as far from their own character
    as its inner end does; a lone character spans its own steps. What reaches into the padding at
    the right ends with the image, and a character that stands in the padding has the image's last
    step.

    Args:
        begins: where each character begins, in steps from 0 to T, which need not be whole.
        ends: where each ends, at least a step behind and not behind the next one's beginning.
        steps: their number T; they share the network's width evenly.
        frame: of the image.

    Returns:
        (left, right) for each character, in pixels from the image's left edge, with
        0 <= left < right <= width.
    """
    if len(begins) == 1:
        reaches = [(begins[0], ends[0])]
    else:
        middles = [(a + b) / 2 for a, b in zip(begins, ends, strict=True)]
        between = [(a + b) / 2 for a, b in itertools.pairwise(middles)]
        if not between:
            return []
        first = max(0.0, 2 * middles[0] - between[0])
        last = min(float(steps), 2 * middles[-1] - between[-1])
        reaches = list(itertools.pairwise([first, *between, last]))
    scale = frame.width / (steps * frame.filled)
    # Where the last step of the image begins; none may begin later, or nothing would be left of it.
    end = max(0.0, frame.width - scale)
    return [(min(a * scale, end), min(b * scale, float(frame.width))) for a, b in reaches]
