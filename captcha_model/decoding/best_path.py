"""Softmax and greedy decoding in NumPy, the same for every runtime."""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from captcha_model._utils import native
from captcha_model.decoding.automaton import Mask
from captcha_model.decoding.constraints import Constraint
from captcha_model.vocabulary import BLANK

# The number of prefixes that a search keeps by default; see `captcha_model.decoding.beam_search`.
BEAM_WIDTH = 8
_EXCLUDED = -1e9  # The logit of an excluded class: its probability is zero.

Floats: TypeAlias = npt.NDArray[np.float64]
Ids: TypeAlias = tuple[int, ...]


def log_softmax(
    logits: npt.NDArray[np.floating], allowed: Mask | None = None, temperature: float = 1.0
) -> Floats:
    """Return the log-softmax of logits along the last axis, in double precision.

    Args:
        logits: shape (..., C).
        allowed: shape (C,), the classes to normalise over; the others have probability zero. None
            allows all.
        temperature: the logits are divided by it.
    """
    if native.core and allowed is None and _is_plain(logits):
        found = np.empty(logits.shape)
        classes = logits.shape[-1]
        native.core.log_softmax(
            logits.reshape(-1, classes), temperature, found.reshape(-1, classes)
        )
        return found
    shifted: Floats = np.divide(logits, temperature, dtype=np.float64, order="C")
    if allowed is not None:
        shifted[..., ~allowed] = _EXCLUDED
    # The axis of classes is short. Reductions over it are much faster if it is the first one.
    rows = shifted.reshape(-1, shifted.shape[-1])
    by_class = rows.T.copy()
    most = by_class.max(axis=0)
    by_class -= most
    most += np.log(np.exp(by_class, out=by_class).sum(axis=0))
    rows -= most[:, None]
    return shifted


def softmax(logits: npt.NDArray[np.floating]) -> Floats:
    """Return the softmax of logits along the last axis, in double precision."""
    return np.exp(log_softmax(logits))


def best_paths(scores: npt.NDArray[np.floating]) -> list[Ids]:
    """Decode images of a CTC network by the most likely class of every step (greedy decoding).

    Adjacent equal classes collapse, and blanks are dropped (Graves et al., 2006).

    Args:
        scores: logits or probabilities, shape (N, T, C); class 0 is the blank.

    Returns:
        N texts as ids from 1.
    """
    if native.core and _is_plain(scores):
        return native.core.best_paths(scores)
    best = scores.argmax(axis=-1)
    begins = best != BLANK
    begins[:, 1:] &= best[:, 1:] != best[:, :-1]
    return [tuple(row[chosen].tolist()) for row, chosen in zip(best, begins, strict=True)]


def _is_plain(numbers: npt.NDArray[np.floating]) -> bool:
    """Return whether the compiled core can take numbers (..., C) as they are."""
    plain = numbers.flags.c_contiguous and numbers.flags.aligned and numbers.dtype.isnative
    return plain and numbers.size > 0 and numbers.dtype.char in "fd"


def best_positions(log_probabilities: Floats, constraint: Constraint | None = None) -> list[Ids]:
    """Decode images of a network with fixed positions by the most likely class of each position.

    Args:
        log_probabilities: shape (N, T, C); class 0 is an empty position.
        constraint: the allowed texts; None allows all.

    Returns:
        N texts as ids from 1.
    """
    if constraint is None:
        best = np.argmax(log_probabilities, axis=-1)
        return [tuple(row[row != BLANK].tolist()) for row in best]
    return [_best_allowed(image, constraint) for image in log_probabilities]


def _best_allowed(image: Floats, constraint: Constraint) -> Ids:
    """Return the allowed text with the most likely way to fill T positions, (T, C)."""
    automaton = constraint.automaton
    # For each state, the most likely way to it: its log-probability and its text.
    ways: dict[int, tuple[float, Ids]] = {0: (0.0, ())}
    for step in image:
        best = np.where(automaton.rows, step, -np.inf).argmax(axis=1).tolist()
        scores = step.tolist()
        grown = {state: (score + scores[BLANK], ids) for state, (score, ids) in ways.items()}
        for source, target, row in automaton.edges:
            if source in ways:
                score, ids = ways[source]
                way = (score + scores[best[row]], (*ids, best[row]))
                grown[target] = max(grown[target], way) if target in grown else way
        ways = grown
    allowed = [way for state, way in ways.items() if automaton.accepting[state]]
    return max(allowed, default=(0.0, ()))[1]


def to_text(ids: Sequence[int], characters: str) -> str:
    """Return the text of ids from 1."""
    return "".join(characters[i - 1] for i in ids)
