"""The lattices of CTC in the compiled core."""

import numpy as np
import numpy.typing as npt

from captcha_model._utils.native import Core
from captcha_model.decoding.automaton import Automaton
from captcha_model.decoding.lattices._neighbours import Floats, Integers, Neighbours

Flags = npt.NDArray[np.bool_]
Integers64 = npt.NDArray[np.int64]


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
    found = np.empty(len(ids))
    core.log_probability(*_texts(log_probabilities, ids, lengths), found)
    return found


def case_log_probability(
    core: Core, log_probabilities: Floats, ids: Integers, lengths: Integers, cases: Integers
) -> tuple[Floats, Flags]:
    """Return the log-probabilities of texts in any case, and for which they are exact: (N,) each.

    Args:
        core: see `log_probability`.
        log_probabilities: see `log_probability`.
        ids: see `log_probability`.
        lengths: see `log_probability`.
        cases: the two cases of each class, shape (C, 2); 0 for a case that it does not have.
    """
    found, exact = np.empty(len(ids)), np.empty(len(ids), np.uint8)
    texts = _texts(log_probabilities, ids, lengths)
    core.case_log_probability(*texts, _int64(cases), found, exact)
    return found, exact.view(np.bool_)


def neighbours(
    core: Core,
    log_probabilities: Floats,
    ids: Integers,
    lengths: Integers,
    cases: Integers | None = None,
) -> tuple[Neighbours, Flags]:
    """Do what `captcha_model.decoding.lattices._products.neighbours` does.

    Args:
        core: the compiled core.
        log_probabilities: shape (N, T, C).
        ids: the texts, shape (N, L), padded with 0.
        lengths: their lengths, shape (N,).
        cases: the two cases of each class, as in `case_log_probability`; None for texts as they
            are.
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
    images = np.ascontiguousarray(log_probabilities, np.float64)
    edits = (found.substitutions, found.insertions, found.deletions)
    spans = (found.begins, found.ends)
    if cases is None:
        core.neighbours(images, _int64(ids), _int64(lengths), found.text, *edits, *spans, exact)
    else:
        core.case_neighbours(
            images, _int64(ids), _int64(lengths), _int64(cases), found.text, *edits, *spans, exact
        )
    return found, exact.view(np.bool_)


def _texts(
    log_probabilities: Floats, ids: Integers, lengths: Integers
) -> tuple[Floats, Integers64, Integers64]:
    """Return texts and their images as the core takes them."""
    if len(ids) > 1 and not log_probabilities.strides[0]:
        log_probabilities = log_probabilities[:1]  # One image, for all texts.
    return np.ascontiguousarray(log_probabilities, np.float64), _int64(ids), _int64(lengths)


def _int64(values: Integers) -> Integers64:
    return values.astype(np.int64, copy=False)
