"""The lattice of all CTC alignments: exact probabilities of texts and of their neighbours.

With p(t, k) for the probability of class k at step t, the probability of a text is the sum, over
all paths that collapse to it, of the product of p along the path (Graves et al., 2006). Its states
are the text's characters with a blank before, between and after them; alpha(t, s) sums the paths
that are in state s at step t, beta(t, s) those that go on from there, both with step t itself.

A neighbour of a text is what one edit makes of it. All paths of a neighbour go through the text's
own lattice up to the edit and from it on, so alpha and beta of the text serve all its neighbours,
and one recursion over the steps serves all characters that could stand in a place.

The sums of a text that is not too far from the likeliest path are plain products; those of others
are kept as logarithms, which takes several times as long.
"""

from collections.abc import Sequence

import numpy as np

from captcha_model.decoding.lattices import _logarithms, _products
from captcha_model.decoding.lattices._forward import in_logarithms
from captcha_model.decoding.lattices._neighbours import (
    Floats,
    Neighbours,
    impossible_to_infinity,
    of_states,
    pad,
)


def log_probability(log_probabilities: Floats, texts: Sequence[Sequence[int]]) -> Floats:
    """Return the logarithm of every text's probability, which is minus its CTC loss.

    Args:
        log_probabilities: shape (N, T, C), the log-softmax of the logits; class 0 is the blank.
        texts: N texts as ids from 1.

    Returns:
        Shape (N,); -inf for a text that T steps cannot hold.
    """
    ids, lengths = pad(texts)
    alpha = in_logarithms(of_states(log_probabilities, ids), ids)
    return impossible_to_infinity(_logarithms.total_of(alpha, lengths))


def neighbours(log_probabilities: Floats, texts: Sequence[Sequence[int]]) -> Neighbours:
    """Return the probabilities of texts and of all that one edit makes of them.

    Args:
        log_probabilities: shape (N, T, C), the log-softmax of the logits; class 0 is the blank.
        texts: N texts as ids from 1, each of which T steps can hold.
    """
    ids, lengths = pad(texts)
    found, certain = _products.neighbours(log_probabilities, ids, lengths)
    if certain.all():
        return found
    rows = np.flatnonzero(~certain)
    ids, lengths = ids[rows, : lengths[rows].max()], lengths[rows]
    others = _logarithms.neighbours(log_probabilities[rows], ids, lengths)
    return found.with_rows(rows.tolist(), others)
