"""The minimum of a costly function of one number.

Source: Richard P. Brent, Algorithms for Minimization without Derivatives (1973), chapter 5.
"""

import math
from collections.abc import Callable

import numpy as np

GRID = 12  # Intervals between the bounds; the search is refined around the best grid point.
TOLERANCE = 1e-4  # Of the place of the minimum.

_GOLDEN = (3 - math.sqrt(5)) / 2


def minimise(function: Callable[[float], float], low: float, high: float) -> tuple[float, float]:
    """Return the place and the value of a minimum between two bounds, which are candidates.

    A grid finds the basin, because the likelihood of a sum over paths may have several minima, and
    Brent's method refines it to `TOLERANCE`: it goes to the lowest point of a parabola through the
    three best points, or a golden section on where that does not help.

    Args:
        function: is called about 20 times.
        low: the lower bound.
        high: the upper bound.
    """
    grid = np.linspace(low, high, GRID + 1).tolist()
    costs = [cost if (cost := function(x)) == cost else math.inf for x in grid]  # NaN is no cost.
    best = costs.index(min(costs))
    around = sorted({max(0, best - 1), best, min(GRID, best + 1)}, key=costs.__getitem__)
    # The three best points so far; at a bound there are two.
    points = [(costs[n], grid[n]) for n in (*around, around[-1])][:3]
    return _refined(function, points, grid[max(0, best - 1)], grid[min(GRID, best + 1)])


def _refined(
    function: Callable[[float], float],
    points: list[tuple[float, float]],
    left: float,
    right: float,
) -> tuple[float, float]:
    """Return the place and the value of the minimum, given three pairs of value and place."""
    least = TOLERANCE / 2  # The shortest step: two of them are the tolerance.
    step = before = right - left
    while True:
        (value, x), second, third = points
        middle = (left + right) / 2
        if abs(x - middle) <= 2 * least - (right - left) / 2:
            return x, value
        vertex = _vertex(points)
        if vertex is not None and left < vertex < right and abs(vertex - x) < abs(before) / 2:
            before, step = step, vertex - x
            if min(vertex - left, right - vertex) < 2 * least:
                step = math.copysign(least, middle - x)
        else:
            before = (right if x < middle else left) - x
            step = _GOLDEN * before
        place = x + (step if abs(step) >= least else math.copysign(least, step))
        found = function(place)
        if found <= value:
            left, right = (left, x) if place < x else (x, right)
            points = [(found, place), (value, x), second]
            continue
        left, right = (place, right) if place < x else (left, place)
        if found <= second[0] or second[1] == x:
            points = [(value, x), (found, place), second]
        elif found <= third[0] or third[1] in (x, second[1]):
            points = [(value, x), second, (found, place)]


def _vertex(points: list[tuple[float, float]]) -> float | None:
    """Return the lowest place of the parabola through three points; None if there is none."""
    (fx, x), (fw, w), (fv, v) = points
    r, q = (x - w) * (fx - fv), (x - v) * (fx - fw)
    if q == r:
        return None
    return x - ((x - v) * q - (x - w) * r) / (2 * (q - r))
