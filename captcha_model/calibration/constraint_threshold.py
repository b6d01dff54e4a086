"""The probability that a constraint must have, so that a wrong one does not get readings accepted.

A constraint that is wrong excludes the true text, so its probability is at most what the network
leaves to all other texts. One that is true has at least the probability of the true text. Above one
half the network thinks it likelier than not that the constraint holds, and more is never required:
a user may know what the network does not see. Less is required where a network is so unsure that
true constraints, which help it most, would be rejected too often.
"""

import math

import numpy as np
import numpy.typing as npt

LOWEST, HIGHEST = 0.1, 0.5
LOST = 0.005
"""The share of accepted right readings with true constraints that may be lost."""
_DECIMALS = 4


def fit_constraint_threshold(probabilities: npt.ArrayLike) -> float:
    """Return the highest threshold from `LOWEST` to `HIGHEST` that loses at most `LOST`.

    Args:
        probabilities: of true constraints, shape (K,), for readings that are right and confident
            enough; without any the threshold is `HIGHEST`.
    """
    ordered = np.sort(np.asarray(probabilities, np.float64))
    if not len(ordered):
        return HIGHEST
    kept = float(ordered[int(LOST * len(ordered))])
    # Rounded down, so that the reading which decides is kept.
    return min(max(math.floor(kept * 10**_DECIMALS) / 10**_DECIMALS, LOWEST), HIGHEST)
