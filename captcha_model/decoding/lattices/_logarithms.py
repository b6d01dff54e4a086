"""The neighbours of any text, however unlikely, with all sums in logarithms.

This takes about five times as long as plain products, which serve for texts that are not much less
likely than the best path; see `captcha_model.decoding.lattices._products`.
"""

import numpy as np

from captcha_model.decoding.lattices._forward import forward_backward, forward_logarithms
from captcha_model.decoding.lattices._neighbours import (
    LOG_ZERO,
    Floats,
    Integers,
    Neighbours,
    log_sum,
    of_states,
)


def neighbours(log_probabilities: Floats, ids: Integers, lengths: Integers) -> Neighbours:
    """Return the probabilities of texts and of all texts one edit away.

    Args:
        log_probabilities: shape (N, T, C).
        ids: the texts, shape (N, L), padded with 0.
        lengths: their lengths, shape (N,).
    """
    own = of_states(log_probabilities, ids)
    # before[t] sums over the paths up to step t - 1, after[t] over those from step t on.
    before, after = forward_backward(own, ids, lengths, forward_logarithms, LOG_ZERO)
    total = total_of(before, lengths)
    replaced, inserted = _runs(log_probabilities, ids, before, after)
    # A substitution by the same character is the text itself, without rounding.
    replaced[np.arange(len(ids))[:, None], np.arange(ids.shape[1]), ids] = total[:, None]
    # The mean number of steps that a path spends in the states up to each one.
    visits = before[1:] + after[:-1, : own.shape[1]]
    visits -= own
    visits -= total
    spent = np.exp(np.minimum(visits, 0.0)).sum(axis=0).cumsum(axis=0).T
    return Neighbours.masked(
        lengths,
        total,
        substitutions=replaced[:, :-1],
        insertions=inserted,
        deletions=_deletions(ids, lengths, before, after),
        begins=spent[:, :-1:2],
        ends=spent[:, 1::2],
    )


def total_of(alpha: Floats, lengths: Integers) -> Floats:
    """Return the sum over the paths that end in the last character or in the blank after it: (N,).

    Args:
        alpha: the logarithms, shape (T + 1, 2 L + 1, N).
        lengths: the lengths of the texts, shape (N,).
    """
    images = np.arange(len(lengths))
    last = np.where(lengths > 0, alpha[-1, 2 * lengths - 1, images], LOG_ZERO)
    return np.logaddexp(alpha[-1, 2 * lengths, images], last)


def _runs(
    log_probabilities: Floats, ids: Integers, before: Floats, after: Floats
) -> tuple[Floats, Floats]:
    """Return what `captcha_model.decoding.lattices._runs.runs` does: shape (N, L + 1, C) each."""
    count, longest = ids.shape
    gaps = longest + 1
    classes = np.arange(log_probabilities.shape[2])
    around = np.zeros((count, gaps + 2), np.intp)
    around[:, 1:gaps] = ids
    # A blank must separate a run from the same character beside it.
    apart = np.where(around.T[:, :, None] == classes, LOG_ZERO, 0.0)
    apart[..., 0] = 0.0
    run = np.full((gaps, count, len(classes)), LOG_ZERO)
    sums = np.full((2, *run.shape), LOG_ZERO)
    for t, p in enumerate(log_probabilities.transpose(1, 0, 2)):
        coming = np.repeat(before[t, ::2, :, None], len(classes), axis=2)
        touching = before[t, 1::2, :, None] + apart[1:-2]
        coming[1:] = np.logaddexp(coming[1:], touching)
        run = p + np.logaddexp(run, coming)
        # An insertion in gap g is followed by position g, a substitution by the one after it.
        for k in range(2):
            out = after[t + 1, 2 * k : 2 * (k + gaps), :, None]
            leaving = np.logaddexp(out[::2], out[1::2] + apart[1 + k : 1 + k + gaps])
            sums[k] = np.logaddexp(sums[k], run + leaving)
    sums[..., 0] = LOG_ZERO  # The blank is not a character.
    inserted, replaced = sums.transpose(0, 2, 1, 3)
    return replaced, inserted


def _deletions(ids: Integers, lengths: Integers, before: Floats, after: Floats) -> Floats:
    """Return the log-probabilities of the texts without the character of a position: shape (N, L).

    A path of such a text moves, between two steps, from before the position to behind it.
    """
    positions = ids.shape[1]
    out = after[:, 3 : 2 * positions + 3 : 2].copy()
    # Behind the last position there is only the end.
    images = np.flatnonzero(lengths)
    out[-1, lengths[images] - 1, images] = 0.0
    removed = log_sum(before[:, 0 : 2 * positions : 2] + out)
    # The characters on both sides may follow each other without a blank, if they differ.
    touching = before[:, 1 : 2 * positions : 2][:, :-1] + out[:, 1:]
    touching[:, :-1][:, (ids[:, :-2] == ids[:, 2:]).T] = LOG_ZERO
    removed[1:] = np.logaddexp(removed[1:], log_sum(touching))
    return removed.T
