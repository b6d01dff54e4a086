"""How many labels more it takes to an accuracy, from the accuracies with fewer labels."""

import math
from collections.abc import Sequence
from typing import TypeAlias

Point: TypeAlias = tuple[int, int, int]
"""How many labels a training had, how many images were read by models that were trained without
them, and how many of these correctly."""

TARGET = 0.95
"""The accuracy that the page looks ahead to."""

_USUAL_EXPONENT = 0.8  # Of a single point: the errors fall with about this power of the labels.
_EXPONENTS = (0.3, 1.5)  # A steeper or flatter curve is chance.
_MOST = 2000  # Further ahead nothing is known.


def labels_missing(points: Sequence[Point], target: float = TARGET) -> int | None:
    """Estimate how many labels are missing to an accuracy.

    The share of errors is taken to fall with a power of the number of labels.

    Args:
        points: of the trainings so far, the latest last.
        target: the accuracy, from 0 to 1.

    Returns:
        0 if it is reached, and None if it cannot be told or is too far ahead.
    """
    if not points:
        return None
    logs = [
        (math.log(labels), math.log((images - right + 0.5) / (images + 1)))
        for labels, images, right in points
    ]
    count, images, right = points[-1]
    if right >= target * images:
        return 0
    exponent = min(max(_slope(logs), _EXPONENTS[0]), _EXPONENTS[1])
    needed = math.exp(logs[-1][0] + (logs[-1][1] - math.log(1 - target)) / exponent)
    missing = max(1, round(needed - count))
    return missing if missing <= _MOST else None


def _slope(logs: Sequence[tuple[float, float]]) -> float:
    """Return by which power errors fall, by least squares; the usual one counts as a point, too."""
    x0, y0 = logs[0]
    weighted = 0.5 * _USUAL_EXPONENT
    total = 0.5
    for x, y in logs[1:]:
        weighted += (x - x0) * (y0 - y)
        total += (x - x0) ** 2
    return weighted / total
