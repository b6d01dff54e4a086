"""The lattices of CTC in the compiled core."""

import numpy as np
import numpy.typing as npt

from captcha_model._utils.native import Core
from captcha_model.decoding.automaton import Automaton
from captcha_model.decoding.lattices._neighbours import Floats, Integers, Neighbours


def log_partition(core: Core, log_probabilities: Floats, automaton: Automaton) -> Floats:
    """Do what `captcha_model.decoding.lattices.partition.ctc` does.

    Args:
        core: the compiled core.
        log_probabilities: shape (N, T, C).
        automaton: of the constraint.
    """
    found = np.empty(len(log_probabilities))
    core.log_partition(
        np.ascontiguousarray(log_probabilities, np.float64), *automaton.arrays, found
    )
    return found


def log_probability(
    core: Core, log_probabilities: Floats, ids: Integers, lengths: Integers
) -> Floats:
    """Return the log-probabilities of texts: shape (N,); -inf for impossible ones.

    Args:
        core: the compiled core.
        log_probabilities: shape (N, T, C).
        ids: the texts, shape (N, L), padded with 0.
        lengths: their lengths, shape (N,).
    """
    if len(ids) > 1 and not log_probabilities.strides[0]:
        log_probabilities = log_probabilities[:1]  # One image, for all texts.
    found = np.empty(len(ids))
    core.log_probability(
        np.ascontiguousarray(log_probabilities, np.float64),
        ids.astype(np.int64, copy=False),
        lengths.astype(np.int64, copy=False),
        found,
    )
    return found


def neighbours(
    core: Core, log_probabilities: Floats, ids: Integers, lengths: Integers
) -> tuple[Neighbours, npt.NDArray[np.bool_]]:
    """Do what `captcha_model.decoding.lattices._products.neighbours` does.

    Args:
        core: the compiled core.
        log_probabilities: shape (N, T, C).
        ids: the texts, shape (N, L), padded with 0.
        lengths: their lengths, shape (N,).
    """
    count, longest = ids.shape
    classes = log_probabilities.shape[2]
    found = Neighbours(
        lengths,
        text=np.empty(count),
        substitutions=np.empty((count, longest, classes)),
        insertions=np.empty((count, longest + 1, classes)),
        deletions=np.empty((count, longest)),
        begins=np.empty((count, longest)),
        ends=np.empty((count, longest)),
    )
    exact = np.empty(count, np.uint8)
    core.neighbours(
        np.ascontiguousarray(log_probabilities, np.float64),
        ids.astype(np.int64, copy=False),
        lengths.astype(np.int64, copy=False),
        found.text,
        found.substitutions,
        found.insertions,
        found.deletions,
        found.begins,
        found.ends,
        exact,
    )
    return found, exact.view(np.bool_)
