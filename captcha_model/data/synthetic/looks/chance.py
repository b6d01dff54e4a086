"""Small random choices, with less overhead than NumPy's own `choice`."""

from bisect import bisect_right
from collections.abc import Sequence
from typing import TypeVar

import numpy as np

T = TypeVar("T")


def happens(random: np.random.Generator, probability: float) -> bool:
    """Return True with a probability from 0 to 1."""
    return bool(random.random() < probability)


def may_happen(random: np.random.Generator, probability: float) -> bool:
    """Return what `happens` does; without a probability no random number is drawn.

    So a new factor of some families leaves the images of all others as they were.
    """
    return probability > 0 and happens(random, probability)


def pick(random: np.random.Generator, items: Sequence[T]) -> T:
    """Return one of at least one items, all of them equally likely."""
    return items[int(random.random() * len(items))]


def between(random: np.random.Generator, low: float, high: float) -> float:
    """Return a number from `low` to `high`, uniformly distributed."""
    return low + (high - low) * float(random.random())


def whole(random: np.random.Generator, low: int, high: int) -> int:
    """Return an integer from `low` to `high`, both included."""
    return low + int(random.random() * (high - low + 1))


def weighted(random: np.random.Generator, ends: Sequence[float]) -> int:
    """Return a random index; `ends` are the cumulative sums of the weights."""
    return min(bisect_right(ends, float(random.random()) * ends[-1]), len(ends) - 1)
