"""The neighbours of likely texts, in plain products of probabilities.

Every step's probabilities are divided by the largest of them, so that the likeliest path has the
product 1 and all others less. A text that is not too far from it, and all of its neighbours that
are not negligible beside it, then have sums that a float holds. Where that is not so the result
says so, and `captcha_model.decoding.lattices._logarithms` finds them.
"""

import numpy as np
import numpy.typing as npt

from captcha_model.decoding.lattices._forward import both_ways, in_products
from captcha_model.decoding.lattices._neighbours import Floats, Integers, Neighbours, of_states
from captcha_model.decoding.lattices._runs import runs

# Floats go from 1e-308 to 1e308. A part of a sum that is rounded to zero is less than 1e-108 of the
# likeliest path in here, and next to nothing beside what is at least so much of it:
LEAST, MOST = 1e-80, 1e200


def neighbours(
    log_probabilities: Floats, ids: Integers, lengths: Integers
) -> tuple[Neighbours, npt.NDArray[np.bool_]]:
    """Return the probabilities of texts and of all that one edit makes of them.

    Args:
        log_probabilities: shape (N, T, C).
        ids: the texts, (N, L), padded with 0.
        lengths: their lengths, (N,).

    Returns:
        The probabilities, and for which texts they are right: shape (N,).
    """
    by_class = np.ascontiguousarray(log_probabilities.transpose(2, 1, 0))
    # The axis of classes is short: it is faster to make it the first one.
    best = by_class.max(axis=0)
    likely = np.exp(by_class - best)
    own = of_states(likely.transpose(2, 1, 0), ids)
    likely[0] = 0.0
    probabilities = np.ascontiguousarray(likely.transpose(1, 2, 0))
    with np.errstate(over="ignore", invalid="ignore", divide="ignore", under="ignore"):
        # Between two steps, before[t] sums what comes up to step t - 1, after[t] what goes on.
        before, after = both_ways(own, ids, lengths, in_products, 0.0)
        images = np.arange(len(lengths))
        last = np.where(lengths > 0, before[-1, 2 * lengths - 1, images], 0.0)
        total = before[-1, 2 * lengths, images] + last
        replaced, inserted = runs(probabilities, ids, before, after)
        # With its own character a text is itself, however much likelier others are.
        replaced[images[:, None], np.arange(ids.shape[1]), ids] = total[:, None]
        sums = [replaced[:, :-1], inserted, _with_one_less(ids, lengths, before, after)]
        certain = (total > LEAST) & (total < MOST)
        for x in sums:
            if not x.max(initial=0.0) < MOST:
                certain &= x.max(axis=tuple(range(1, x.ndim)), initial=0.0) < MOST
        # How many steps are spent in the states up to each one, in the mean over all paths.
        arrived = np.divide(before[1:], own, out=np.zeros_like(own), where=own > 0)
        visits = np.einsum("tsn,tsn->ns", arrived, after[:-1, : own.shape[1]])
        spent = visits.cumsum(axis=1) / total[:, None]
        scale = best.sum(axis=0)
        substitutions, insertions, deletions = (
            np.log(x) + scale.reshape(-1, *[1] * (x.ndim - 1)) for x in sums
        )
        found = Neighbours.masked(
            lengths,
            np.log(total) + scale,
            substitutions=substitutions,
            insertions=insertions,
            deletions=deletions,
            begins=spent[:, :-1:2],
            ends=spent[:, 1::2],
        )
    return found, certain


def _with_one_less(ids: Integers, lengths: Integers, before: Floats, after: Floats) -> Floats:
    """Return the texts without the character of a place: shape (N, L).

    A path of such a text goes between two steps from what was before the place to what was after.
    """
    places = ids.shape[1]
    out = after[:, 3 : 2 * places + 3 : 2].copy()
    # Behind the last place there is only the end.
    images = np.flatnonzero(lengths)
    out[-1, lengths[images] - 1, images] = 1.0
    removed = np.einsum("tsn,tsn->ns", before[:, 0 : 2 * places : 2], out)
    # The characters on both sides come to touch, if they differ.
    touching = np.einsum("tsn,tsn->ns", before[:, 1 : 2 * places - 1 : 2], out[:, 1:])
    touching[:, :-1][ids[:, :-2] == ids[:, 2:]] = 0.0
    removed[:, 1:] += touching
    return removed
