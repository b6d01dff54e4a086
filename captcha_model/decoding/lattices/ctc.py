"""The lattice of all CTC alignments: exact probabilities of texts and of their neighbours.

With p(t, k) for the probability of class k at step t, the probability of a text is the sum, over
all paths that collapse to it, of the product of p along the path (Graves et al., 2006). The states
of its lattice are its characters with a blank before, between and after them; alpha sums over the
paths up to a state and a step, beta over those that continue from there.

A neighbour of a text is one edit away from it. Its paths follow the lattice of the text before the
edit and behind it, so alpha and beta of the text serve all its neighbours, and one recursion over
the steps serves all characters that could stand in a position.

There are two copies of the recursion. Plain products serve for texts that are not much less likely
than the best path, which is nearly all; logarithms serve for the others. The compiled core has the
products, and logarithms for the probability of a text alone. A single recursion with rescaling was
measured on 50 steps, 20 classes and texts of 5 characters, as a ratio of medians to products, for 1
image and for 64. It is slower: rescaling alpha and beta at each step by their maximum alone takes
1.13 to 1.23 times as long for 1 image and 1.11 to 1.13 for 64, and is not exact, since the states
of one step may differ by more than the range of a float. A power of two for each state is exact,
and takes 1.9 to 2.0 and 1.17 to 1.18 times as long, logarithms for all texts 4.5 to 5.6 and 5.2 to
5.4.
"""

from collections.abc import Sequence

import numpy as np

from captcha_model._utils import native
from captcha_model.decoding.lattices import _compiled, _logarithms, _products
from captcha_model.decoding.lattices._forward import forward_logarithms
from captcha_model.decoding.lattices._neighbours import (
    Floats,
    Neighbours,
    of_states,
    pad,
    with_infinities,
)


def log_probability(log_probabilities: Floats, texts: Sequence[Sequence[int]]) -> Floats:
    """Return the log-probabilities of texts, which are minus their CTC losses.

    Args:
        log_probabilities: log-softmax of the logits, shape (N, T, C); class 0 is the blank.
        texts: N texts as ids from 1.

    Returns:
        Shape (N,); -inf for a text that needs more than T steps.
    """
    ids, lengths = pad(texts)
    if native.core:
        return _compiled.log_probability(native.core, log_probabilities, ids, lengths)
    alpha = forward_logarithms(of_states(log_probabilities, ids), ids)
    return with_infinities(_logarithms.total_of(alpha, lengths))


def neighbours(log_probabilities: Floats, texts: Sequence[Sequence[int]]) -> Neighbours:
    """Return the probabilities of texts and of all texts one edit away.

    Args:
        log_probabilities: log-softmax of the logits, shape (N, T, C); class 0 is the blank.
        texts: N texts as ids from 1, none of which needs more than T steps.
    """
    ids, lengths = pad(texts)
    if native.core:
        found, exact = _compiled.neighbours(native.core, log_probabilities, ids, lengths)
    else:
        found, exact = _products.neighbours(log_probabilities, ids, lengths)
    if exact.all():
        return found
    rows = np.flatnonzero(~exact)
    ids, lengths = ids[rows, : lengths[rows].max()], lengths[rows]
    others = _logarithms.neighbours(log_probabilities[rows], ids, lengths)
    return found.with_rows(rows.tolist(), others)
