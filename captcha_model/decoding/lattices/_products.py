"""The neighbours of likely texts, in plain products of probabilities.

The probabilities of each step are divided by the largest of them, so that the best path has the
product 1 and all others less. The sums of a text that is not much less likely, and of all its
neighbours that are not negligible beside it, are then within the range of a float. The result says
where they are not; `captcha_model.decoding.lattices._logarithms` computes those.
"""

import numpy as np
import numpy.typing as npt

from captcha_model.decoding.lattices._forward import forward_backward, forward_products
from captcha_model.decoding.lattices._neighbours import Floats, Integers, Neighbours, of_states
from captcha_model.decoding.lattices._runs import runs

# The range in which sums are exact. Floats go from 1e-308 to 1e308: a term that is rounded to zero
# is less than 1e-108 of the best path, and negligible beside a sum of at least LEAST.
LEAST, MOST = 1e-80, 1e200


def neighbours(
    log_probabilities: Floats, ids: Integers, lengths: Integers
) -> tuple[Neighbours, npt.NDArray[np.bool_]]:
    """Return the probabilities of texts and of all texts one edit away.

    Args:
        log_probabilities: shape (N, T, C).
        ids: the texts, shape (N, L), padded with 0.
        lengths: their lengths, shape (N,).

    Returns:
        The probabilities, and for which texts they are exact: shape (N,).
    """
    by_class = np.ascontiguousarray(log_probabilities.transpose(2, 1, 0))
    # The axis of classes is short. Reductions over it are faster if it is the first one.
    best = by_class.max(axis=0)
    likely = np.exp(by_class - best)
    own = of_states(likely.transpose(2, 1, 0), ids)
    likely[0] = 0.0
    probabilities = np.ascontiguousarray(likely.transpose(1, 2, 0))
    with np.errstate(over="ignore", invalid="ignore", divide="ignore", under="ignore"):
        # before[t] sums over the paths up to step t - 1, after[t] over those from step t on.
        before, after = forward_backward(own, ids, lengths, forward_products, 0.0)
        images = np.arange(len(lengths))
        last = np.where(lengths > 0, before[-1, 2 * lengths - 1, images], 0.0)
        total = before[-1, 2 * lengths, images] + last
        replaced, inserted = runs(probabilities, ids, before, after)
        # A substitution by the same character is the text itself, without rounding.
        replaced[images[:, None], np.arange(ids.shape[1]), ids] = total[:, None]
        sums = [replaced[:, :-1], inserted, _deletions(ids, lengths, before, after)]
        exact = (total > LEAST) & (total < MOST)
        for x in sums:
            if not x.max(initial=0.0) < MOST:
                exact &= x.max(axis=tuple(range(1, x.ndim)), initial=0.0) < MOST
        # The mean number of steps that a path spends in the states up to each one.
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
    return found, exact


def _deletions(ids: Integers, lengths: Integers, before: Floats, after: Floats) -> Floats:
    """Return the probabilities of the texts without the character of a position: shape (N, L).

    A path of such a text moves, between two steps, from before the position to behind it.
    """
    positions = ids.shape[1]
    out = after[:, 3 : 2 * positions + 3 : 2].copy()
    # Behind the last position there is only the end.
    images = np.flatnonzero(lengths)
    out[-1, lengths[images] - 1, images] = 1.0
    removed = np.einsum("tsn,tsn->ns", before[:, 0 : 2 * positions : 2], out)
    # The characters on both sides may follow each other without a blank, if they differ.
    touching = np.einsum("tsn,tsn->ns", before[:, 1 : 2 * positions - 1 : 2], out[:, 1:])
    touching[:, :-1][ids[:, :-2] == ids[:, 2:]] = 0.0
    removed[:, 1:] += touching
    return removed
