"""The lattice of all CTC alignments: exact probabilities of texts and of their neighbours.

With p(t, k) for the probability of class k at step t, the probability of a text is the sum, over
all paths that collapse to it, of the product of p along the path (Graves et al., 2006). Its states
are the text's characters with a blank before, between and after them; alpha(t, s) sums the paths
that are in state s at step t, beta(t, s) those that go on from there, both with step t itself.

A neighbour of a text is what one edit makes of it. All paths of a neighbour go through the text's
own lattice up to the edit and from it on, so alpha and beta of the text serve all its neighbours,
and one recursion over the steps serves all characters that could stand in a place.

Sums are kept as logarithms, or linear with a scale for every image, place and step, so that
nothing that counts is rounded to zero however long an image is.
"""

from collections.abc import Sequence

import numpy as np

from captcha_model.lattices._forward import forward
from captcha_model.lattices._neighbours import (
    NEVER,
    Floats,
    Integers,
    Neighbours,
    impossible_to_infinity,
    log_sum,
    of_ids,
    pad,
    reversed_texts,
)
from captcha_model.lattices._runs import runs


def log_probability(log_probabilities: Floats, texts: Sequence[Sequence[int]]) -> Floats:
    """Return the logarithm of every text's probability, which is minus its CTC loss.

    Args:
        log_probabilities: shape (N, T, C), the log-softmax of the logits; class 0 is the blank.
        texts: N texts as ids from 1.

    Returns:
        Shape (N,); -inf for a text that T steps cannot hold.
    """
    ids, lengths = pad(texts)
    alpha = forward(_of_states(log_probabilities, ids), ids)
    return impossible_to_infinity(_total(alpha, lengths))


def neighbours(log_probabilities: Floats, texts: Sequence[Sequence[int]]) -> Neighbours:
    """Return the probabilities of texts and of all that one edit makes of them.

    Args:
        log_probabilities: shape (N, T, C), the log-softmax of the logits; class 0 is the blank.
        texts: N texts as ids from 1, each of which T steps can hold.
    """
    ids, lengths = pad(texts)
    own = _of_states(log_probabilities, ids)
    # Between two steps, before[t] sums what comes up to step t - 1, after[t] what goes on from t.
    before, after = _both_ways(own, ids, lengths)
    total = _total(before, lengths)
    replaced, inserted = runs(log_probabilities, ids, before, after)
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


def _of_states(log_probabilities: Floats, ids: Integers) -> Floats:
    """Return the logarithms of the classes of a text's states: shape (T, 2 L + 1, N).

    A text shorter than L has its lattice in the first states; what stands in the others is of no
    use.
    """
    count, longest = ids.shape
    states = np.zeros((count, 2 * longest + 1), np.intp)
    states[:, 1::2] = ids
    return of_ids(log_probabilities, states)


def _both_ways(own: Floats, ids: Integers, lengths: Integers) -> tuple[Floats, Floats]:
    """Return log alpha of shape (T + 1, 2 L + 1, N), and log beta of shape (T + 1, 2 L + 4, N).

    Beta is what comes to a state in a mirror. It begins behind the last step, where all is in the
    state behind the text. Its last three states are never.
    """
    states = 2 * lengths - np.arange(own.shape[1] + 3)[:, None]
    mirror = (slice(None, None, -1), np.maximum(states, 0), np.arange(len(ids)))
    both = forward(
        np.concatenate([own, own[mirror][:, :-3]], axis=2),
        np.concatenate([ids, reversed_texts(ids, lengths)]),
    )
    alpha, turned = both[..., : len(ids)], both[..., len(ids) :]
    return alpha, np.where(states >= 0, turned[mirror], NEVER)


def _total(alpha: Floats, lengths: Integers) -> Floats:
    """Return the sum of what ends in the last character or in the blank after it: shape (N,)."""
    images = np.arange(len(lengths))
    last = np.where(lengths > 0, alpha[-1, 2 * lengths - 1, images], NEVER)
    return np.logaddexp(alpha[-1, 2 * lengths, images], last)


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
