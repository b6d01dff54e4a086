"""The lattice of a network with fixed positions: exact probabilities of texts and their neighbours.

Each position holds a character or nothing, and the text is the characters in order. With p(t, k)
for the probability of class k at position t, alpha(t, s) sums over the ways in which the first t
positions hold the first s characters, beta(t, s) over those in which the positions from t on hold
the rest. Nothing collapses: two equal characters side by side are two.
"""

from collections.abc import Sequence

import numpy as np

from captcha_model.decoding.lattices._neighbours import (
    LOG_ZERO,
    Floats,
    Integers,
    Neighbours,
    log_sum,
    of_ids,
    pad,
    reversed_texts,
    with_infinities,
)


def log_probability(log_probabilities: Floats, texts: Sequence[Sequence[int]]) -> Floats:
    """Return the log-probabilities of texts: shape (N,).

    Args:
        log_probabilities: log-softmax of the logits, shape (N, T, C); class 0 is an empty position.
        texts: N texts as ids from 1.
    """
    ids, lengths = pad(texts)
    alpha = _forward(log_probabilities, ids)
    return with_infinities(alpha[-1, np.arange(len(ids)), lengths])


def neighbours(log_probabilities: Floats, texts: Sequence[Sequence[int]]) -> Neighbours:
    """Return the probabilities of texts and of all texts one edit away.

    Args:
        log_probabilities: log-softmax of the logits, shape (N, T, C); class 0 is an empty position.
        texts: N texts as ids from 1, each with at most T characters.
    """
    ids, lengths = pad(texts)
    count, longest = ids.shape
    rows = np.arange(count)
    alpha, beta = _both_ways(log_probabilities, ids, lengths)
    total = alpha[-1, rows, lengths]
    own = of_ids(log_probabilities, ids).transpose(0, 2, 1)
    steps = log_probabilities.transpose(1, 0, 2)[:, :, None, :]

    # The character takes one step, instead of a character or between two of them.
    replaced = log_sum((alpha[:-1, :, :-1] + beta[1:, :, 1:])[..., None] + steps)
    inserted = log_sum((alpha[:-1] + beta[1:])[..., None] + steps)
    for found in (replaced, inserted):
        found[..., 0] = LOG_ZERO
    # After a deletion, the next character follows the previous one at some step.
    following = alpha[:-1, :, : longest - 1] + own[:, :, 1:] + beta[1:, :, 2:]
    removed = np.full((count, longest), LOG_ZERO)
    removed[:, :-1] = log_sum(following)
    filled = np.flatnonzero(lengths)
    removed[filled, lengths[filled] - 1] = alpha[-1, filled, lengths[filled] - 1]

    # The position of a character is the number of steps after which it is still to come.
    spelled = np.exp(np.minimum(alpha[1:] + beta[1:] - total[:, None], 0.0)).sum(axis=0)
    begins = np.cumsum(spelled[:, :-1], axis=1)
    return Neighbours.masked(
        lengths,
        total,
        substitutions=replaced,
        insertions=inserted,
        deletions=removed,
        begins=begins,
        ends=begins + 1.0,
    )


def _forward(log_probabilities: Floats, ids: Integers) -> Floats:
    """Return log alpha of shape (T + 1, N, L + 1)."""
    count, steps, _ = log_probabilities.shape
    own = of_ids(log_probabilities, ids).transpose(0, 2, 1)
    alpha = np.full((steps + 1, count, ids.shape[1] + 1), LOG_ZERO)
    alpha[0, :, 0] = 0.0
    for t in range(steps):
        empty = alpha[t] + log_probabilities[:, t, :1]
        empty[:, 1:] = np.logaddexp(empty[:, 1:], alpha[t, :, :-1] + own[t])
        alpha[t + 1] = empty
    return alpha


def _both_ways(
    log_probabilities: Floats, ids: Integers, lengths: Integers
) -> tuple[Floats, Floats]:
    """Return log alpha and log beta, each of shape (T + 1, N, L + 1)."""
    alpha = _forward(log_probabilities, ids)
    mirrored = _forward(log_probabilities[:, ::-1], reversed_texts(ids, lengths))[::-1]
    states = lengths[:, None] - np.arange(alpha.shape[2])
    beta = np.take_along_axis(mirrored, np.maximum(states, 0)[None], axis=2)
    return alpha, np.where(states >= 0, beta, LOG_ZERO)
