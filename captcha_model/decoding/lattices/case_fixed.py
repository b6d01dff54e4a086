"""The lattice of a network with fixed positions, for texts whose letters may be in either case.

Nothing collapses, so the sum over all texts that differ in case only is that over one more class
for each letter, with the probability of both its cases.
"""

from dataclasses import replace

import numpy as np

from captcha_model.decoding.lattices import fixed
from captcha_model.decoding.lattices._neighbours import Floats, Integers, Neighbours


def log_probability(log_probabilities: Floats, ids: Integers, cases: Integers) -> Floats:
    """Return the log-probabilities of texts in any case: shape (N,).

    Args:
        log_probabilities: log-softmax of the logits, shape (N, T, C); class 0 is an empty position.
        ids: the texts in any case, shape (N, L), padded with 0.
        cases: the two cases of each class, shape (C, 2); 0 for a case that it does not have.
    """
    return fixed.log_probability(*_with_letters(log_probabilities, ids, cases))


def neighbours(log_probabilities: Floats, ids: Integers, cases: Integers) -> Neighbours:
    """Return the probabilities of texts in any case, and of all texts one edit away.

    The arguments and the meaning of the result are those of
    `captcha_model.decoding.lattices.case_ctc.neighbours`.
    """
    found = fixed.neighbours(*_with_letters(log_probabilities, ids, cases))
    classes = len(cases)
    return replace(
        found,
        substitutions=found.substitutions[..., :classes],
        insertions=found.insertions[..., :classes],
    )


def _with_letters(
    log_probabilities: Floats, ids: Integers, cases: Integers
) -> tuple[Floats, list[list[int]]]:
    """Return log-probabilities with a class more for each letter, and texts of these classes."""
    pairs = np.unique(cases[cases[:, 1] > 0], axis=0)
    letters = np.logaddexp(log_probabilities[..., pairs[:, 0]], log_probabilities[..., pairs[:, 1]])
    in_any_case = np.arange(len(cases))
    in_any_case[pairs] = len(cases) + np.arange(len(pairs))[:, None]
    texts = [in_any_case[text[text > 0]].tolist() for text in ids]
    return np.concatenate([log_probabilities, letters], axis=-1), texts
