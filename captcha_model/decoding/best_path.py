"""From a network's logits to texts, by NumPy alone and the same for every runtime."""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from captcha_model.decoding.automaton import Mask
from captcha_model.decoding.constraints import Constraint
from captcha_model.vocabulary import BLANK

BEAM_WIDTH = 8  # How many prefixes a search keeps; see `captcha_model.decoding.beam_search`.
_NEXT_TO_NOTHING = -1e9  # As a logit: no sum of others comes near it.

Floats: TypeAlias = npt.NDArray[np.float64]
Ids: TypeAlias = tuple[int, ...]


def log_softmax(
    logits: npt.NDArray[np.floating], allowed: Mask | None = None, temperature: float = 1.0
) -> Floats:
    """Turn logits into logarithms of probabilities along the last axis, in double precision.

    Args:
        logits: shape (..., C).
        allowed: shape (C,), the classes among which all probability is shared; of the others it is
            next to nothing. All, if there is none.
        temperature: what the logits are divided by.
    """
    shifted: Floats = np.divide(logits, temperature, dtype=np.float64, order="C")
    if allowed is not None:
        shifted[..., ~allowed] = _NEXT_TO_NOTHING
    # The axis is short: as the first one it is done with much sooner.
    rows = shifted.reshape(-1, shifted.shape[-1])
    by_class = rows.T.copy()
    most = by_class.max(axis=0)
    by_class -= most
    most += np.log(np.exp(by_class, out=by_class).sum(axis=0))
    rows -= most[:, None]
    return shifted


def softmax(logits: npt.NDArray[np.floating]) -> Floats:
    """Turn logits into probabilities along the last axis, in double precision."""
    return np.exp(log_softmax(logits))


def best_paths(scores: npt.NDArray[np.floating]) -> list[Ids]:
    """Decode images by the most likely class at every step (CTC's best path, greedy decoding).

    Adjacent equal classes are one run, and runs of the blank are dropped (Graves et al., 2006).

    Args:
        scores: logits or probabilities of shape (N, T, C); class 0 is the blank.
    """
    best = scores.argmax(axis=-1)
    begins = best != BLANK
    begins[:, 1:] &= best[:, 1:] != best[:, :-1]
    return [tuple(row[chosen].tolist()) for row, chosen in zip(best, begins, strict=True)]


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
    """Return the characters of ids from 1."""
    return "".join(characters[i - 1] for i in ids)
