"""The neighbours of any text, however unlikely: all sums are kept as logarithms.

This takes several times as long as plain products, which do for a text that is nearly as likely as
the likeliest path; see `captcha_model.decoding.lattices._products`.
"""

import numpy as np

from captcha_model.decoding.lattices._forward import both_ways, in_logarithms
from captcha_model.decoding.lattices._neighbours import (
    NEVER,
    Floats,
    Integers,
    Neighbours,
    log_sum,
    of_states,
)


def neighbours(log_probabilities: Floats, ids: Integers, lengths: Integers) -> Neighbours:
    """Return the probabilities of texts and of all that one edit makes of them.

    Args:
        log_probabilities: shape (N, T, C).
        ids: the texts, (N, L), padded with 0.
        lengths: their lengths, (N,).
    """
    own = of_states(log_probabilities, ids)
    # Between two steps, before[t] sums what comes up to step t - 1, after[t] what goes on from t.
    before, after = both_ways(own, ids, lengths, in_logarithms, NEVER)
    total = total_of(before, lengths)
    replaced, inserted = _runs(log_probabilities, ids, before, after)
    # With its own character a text is itself, however much likelier others are.
    replaced[np.arange(len(ids))[:, None], np.arange(ids.shape[1]), ids] = total[:, None]
    # How many steps are spent in the states up to each one, in the mean over all paths.
    visits = before[1:] + after[:-1, : own.shape[1]]
    visits -= own
    visits -= total
    spent = np.exp(np.minimum(visits, 0.0)).sum(axis=0).cumsum(axis=0).T
    return Neighbours.masked(
        lengths,
        total,
        substitutions=replaced[:, :-1],
        insertions=inserted,
        deletions=_with_one_less(ids, lengths, before, after),
        begins=spent[:, :-1:2],
        ends=spent[:, 1::2],
    )


def total_of(alpha: Floats, lengths: Integers) -> Floats:
    """Return the sum of what ends in the last character or in the blank after it: shape (N,).

    Args:
        alpha: the logarithms of shape (T + 1, 2 L + 1, N).
        lengths: of the texts, (N,).
    """
    images = np.arange(len(lengths))
    last = np.where(lengths > 0, alpha[-1, 2 * lengths - 1, images], NEVER)
    return np.logaddexp(alpha[-1, 2 * lengths, images], last)


def _runs(
    log_probabilities: Floats, ids: Integers, before: Floats, after: Floats
) -> tuple[Floats, Floats]:
    """Do what `captcha_model.decoding.lattices._runs.runs` does: shape (N, L + 1, C) each."""
    count, longest = ids.shape
    gaps = longest + 1
    classes = np.arange(log_probabilities.shape[2])
    around = np.zeros((count, gaps + 2), np.intp)
    around[:, 1:gaps] = ids
    # Between a run and the same character beside it a blank must stand.
    apart = np.where(around.T[:, :, None] == classes, NEVER, 0.0)
    apart[..., 0] = 0.0
    run = np.full((gaps, count, len(classes)), NEVER)
    sums = np.full((2, *run.shape), NEVER)
    for t, p in enumerate(log_probabilities.transpose(1, 0, 2)):
        coming = np.repeat(before[t, ::2, :, None], len(classes), axis=2)
        touching = before[t, 1::2, :, None] + apart[1:-2]
        coming[1:] = np.logaddexp(coming[1:], touching)
        run = p + np.logaddexp(run, coming)
        # What is inserted is followed by place g, what is replaced by the place after it.
        for k in range(2):
            out = after[t + 1, 2 * k : 2 * (k + gaps), :, None]
            leaving = np.logaddexp(out[::2], out[1::2] + apart[1 + k : 1 + k + gaps])
            sums[k] = np.logaddexp(sums[k], run + leaving)
    sums[..., 0] = NEVER  # The blank is no character.
    inserted, replaced = sums.transpose(0, 2, 1, 3)
    return replaced, inserted


def _with_one_less(ids: Integers, lengths: Integers, before: Floats, after: Floats) -> Floats:
    """Return the logarithms of the texts without the character of a place: shape (N, L).

    A path of such a text goes between two steps from what was before the place to what was after.
    """
    places = ids.shape[1]
    out = after[:, 3 : 2 * places + 3 : 2].copy()
    # Behind the last place there is only the end.
    images = np.flatnonzero(lengths)
    out[-1, lengths[images] - 1, images] = 0.0
    removed = log_sum(before[:, 0 : 2 * places : 2] + out)
    # The characters on both sides come to touch, if they differ.
    touching = before[:, 1 : 2 * places : 2][:, :-1] + out[:, 1:]
    touching[:, :-1][:, (ids[:, :-2] == ids[:, 2:]).T] = NEVER
    removed[1:] = np.logaddexp(removed[1:], log_sum(touching))
    return removed.T
