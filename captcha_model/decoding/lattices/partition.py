"""How likely it is, before a text is chosen, that it is one of those that may be read.

What is known of a text beforehand makes every text that agrees with it more likely by the same
factor, and this is it: P(text | known) = P(text) / P(known). The sum over all texts that agree is
one over all paths, in which it is counted how many characters a path has spelled so far.
"""

import numpy as np

from captcha_model.decoding.constraints import Constraint
from captcha_model.decoding.lattices._neighbours import (
    NEVER,
    Floats,
    impossible_to_infinity,
    log_sum,
)
from captcha_model.vocabulary import BLANK


def ctc(log_probabilities: Floats, constraint: Constraint) -> Floats:
    """Return the logarithm of the sum over all texts that may be read: shape (N,).

    Args:
        log_probabilities: shape (N, T, C); class 0 is the blank.
        constraint: which texts may be read.
    """
    count, steps, classes = log_probabilities.shape
    counts, enter, again = _entering(constraint)
    probabilities = np.exp(log_probabilities)
    # The share of each last class among the paths with so many characters, and the logarithm of
    # what they come to together.
    shares = np.zeros((count, counts + 1, classes))
    shares[:, 0, BLANK] = 1.0
    level = np.full((count, counts + 1), NEVER)
    level[:, 0] = 0.0
    for t in range(steps):
        fresh = _without_same(shares)
        arriving = np.zeros_like(shares)
        arriving[:, 1:] = fresh[:, :-1] * enter
        below = np.concatenate([np.full((count, 1), NEVER), level[:, :-1]], axis=1)
        scale = np.maximum(level, below)
        staying = shares.copy()
        staying[..., BLANK] = shares.sum(axis=2)
        if again is not None:
            staying[:, -1] += fresh[:, -1] * again
        grown = staying * np.exp(level - scale)[..., None]
        grown += arriving * np.exp(below - scale)[..., None]
        grown *= probabilities[:, None, t]
        total = grown.sum(axis=2)
        level = np.where(total > 0, np.log(np.maximum(total, 1e-300)) + scale, NEVER)
        shares = grown / np.where(total > 0, total, 1.0)[..., None]
    return impossible_to_infinity(log_sum(level[:, constraint.shortest :], axis=1))


def fixed(log_probabilities: Floats, constraint: Constraint) -> Floats:
    """Return the same for places instead of moments; class 0 is an empty place."""
    count, steps, _ = log_probabilities.shape
    counts, enter, again = _entering(constraint)
    allowed = enter if again is None else np.concatenate([enter, again[None]])
    level = np.full((count, counts + 1), NEVER)
    level[:, 0] = 0.0
    for t in range(steps):
        row = log_probabilities[:, t]
        filled = log_sum(np.where(allowed, row[:, None], NEVER), axis=2)
        grown = level + row[:, BLANK, None]
        if again is not None:
            grown[:, -1] = np.logaddexp(grown[:, -1], level[:, -1] + filled[:, -1])
        grown[:, 1:] = np.logaddexp(grown[:, 1:], level[:, :-1] + filled[:, :counts])
        level = grown
    return impossible_to_infinity(log_sum(level[:, constraint.shortest :], axis=1))


def _entering(
    constraint: Constraint,
) -> tuple[int, "np.typing.NDArray[np.bool_]", "np.typing.NDArray[np.bool_] | None"]:
    """Return how far to count, what may stand in each place till then, and what behind them.

    The last is None where no character may stand there.
    """
    counts = constraint.counts
    rows = constraint.rows(counts + 1)
    return counts, rows[:-1], rows[-1] if constraint.longest is None else None


def _without_same(shares: Floats) -> Floats:
    """Return for every class the sum over all others: what a new character of it may follow.

    Two partial sums, because a difference from the whole would be lost in rounding.
    """
    left = np.zeros_like(shares)
    right = np.zeros_like(shares)
    np.cumsum(shares[..., :-1], axis=-1, out=left[..., 1:])
    right[..., :-1] = np.cumsum(shares[..., :0:-1], axis=-1)[..., ::-1]
    return left + right
