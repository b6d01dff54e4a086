"""The total probability of all texts that a constraint allows.

What is known of a text beforehand divides the probability of every text that agrees with it by this
total: P(text | constraint) = P(text) / P(constraint). It is a sum over all paths, with one entry
for every state of the constraint's automaton; the automaton is deterministic, so that each path
counts once.
"""

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from captcha_model._utils import native
from captcha_model.decoding.automaton import Automaton, Integers
from captcha_model.decoding.constraints import Constraint
from captcha_model.decoding.lattices import _compiled
from captcha_model.decoding.lattices._neighbours import (
    LOG_ZERO,
    Floats,
    log_sum,
    with_infinities,
)
from captcha_model.vocabulary import BLANK

_NO_POWER = -(2**30)  # Of a sum that is zero: below all others.


def ctc(log_probabilities: Floats, constraint: Constraint) -> Floats:
    """Return the log-probability that the text of a CTC network is an allowed one: shape (N,).

    Args:
        log_probabilities: shape (N, T, C); class 0 is the blank.
        constraint: the allowed texts.
    """
    if native.core:
        return _compiled.log_partition(native.core, log_probabilities, constraint.automaton)
    count, steps, classes = log_probabilities.shape
    edges = _edges_of(constraint.automaton)
    allowed = constraint.automaton.rows[edges.rows]
    states = len(constraint.automaton.accepting)
    probabilities = np.exp(log_probabilities)
    # For every state, the sum over all paths to it by their last class, divided by a power of two.
    # Each state has a power of its own, so that an unlikely one does not become zero.
    sums = np.zeros((count, states, classes))
    sums[:, 0, BLANK] = 1.0
    powers = np.full((count, states), _NO_POWER, np.intc)
    powers[:, 0] = 0
    # What a new character may follow: the sum over all other classes. It is added up from both
    # sides, because the difference from the whole would be lost in rounding.
    left, right = np.zeros_like(sums), np.zeros_like(sums)
    for t in range(steps):
        np.cumsum(sums[..., :-1], axis=-1, out=left[..., 1:])
        np.cumsum(sums[..., :0:-1], axis=-1, out=right[..., -2::-1])
        others = left + right
        source_powers = powers[:, edges.sources]
        scale = powers.copy()
        scale[:, edges.reached] = np.maximum(
            scale[:, edges.reached], edges.combined(source_powers, np.maximum)
        )
        arriving = others[:, edges.sources] * allowed
        arriving *= np.ldexp(1.0, source_powers - scale[:, edges.targets])[..., None]
        sums[..., BLANK] += others[..., BLANK]
        sums *= np.ldexp(1.0, powers - scale)[..., None]
        sums[:, edges.reached] += edges.combined(arriving, np.add)
        sums *= probabilities[:, None, t]
        most = sums.max(axis=2)
        _, exponents = np.frexp(most)
        sums = np.ldexp(sums, -exponents[..., None])
        powers = np.where(most > 0, scale + exponents, _NO_POWER)
    total = sums[:, constraint.automaton.accepting].sum(axis=2)
    logarithms = np.log(total, out=np.full(total.shape, LOG_ZERO), where=total > 0)
    logarithms += powers[:, constraint.automaton.accepting] * np.log(2.0)
    return with_infinities(log_sum(logarithms, axis=1))


def fixed(log_probabilities: Floats, constraint: Constraint) -> Floats:
    """Return the same for a network with fixed positions; class 0 is an empty position."""
    count, steps, _ = log_probabilities.shape
    edges, rows = _edges_of(constraint.automaton), constraint.automaton.rows
    level = np.full((count, len(constraint.automaton.accepting)), LOG_ZERO)
    level[:, 0] = 0.0
    for t in range(steps):
        step = log_probabilities[:, t]
        filled = log_sum(np.where(rows, step[:, None], LOG_ZERO), axis=2)
        grown = level + step[:, BLANK, None]
        arriving = edges.combined(level[:, edges.sources] + filled[:, edges.rows], np.logaddexp)
        grown[:, edges.reached] = np.logaddexp(grown[:, edges.reached], arriving)
        level = grown
    return with_infinities(log_sum(level[:, constraint.automaton.accepting], axis=1))


class _Edges(NamedTuple):
    """The edges of an automaton, sorted by target, as indices.

    Attributes:
        sources: the states that E edges come from.
        targets: the states that they lead to.
        rows: for each, the row of `Automaton.rows` with its classes.
        reached: each of the targets once.
        starts: the first edge to each of these; None where there is only one.
    """

    sources: Integers | slice
    targets: Integers | slice
    rows: Integers
    reached: Integers | slice
    starts: Integers | None

    def combined(self, values: npt.NDArray[Any], combine: np.ufunc) -> npt.NDArray[Any]:
        """Combine the values of edges, (N, E, ...), to those of the states that they reach."""
        return values if self.starts is None else combine.reduceat(values, self.starts, axis=1)


@lru_cache(maxsize=16)
def _edges_of(automaton: Automaton) -> _Edges:
    edges = sorted(automaton.edges, key=lambda edge: edge.target)
    sources, targets, rows = np.array(edges, np.intp).reshape(-1, 3).T
    reached, starts = np.unique(targets, return_index=True)
    return _Edges(
        _as_slice(sources),
        _as_slice(targets),
        rows,
        _as_slice(reached),
        starts if len(starts) < len(edges) else None,
    )


def _as_slice(indices: Integers) -> Integers | slice:
    """Return consecutive indices as a slice, which is faster."""
    if len(indices) and (np.diff(indices) == 1).all():
        return slice(int(indices[0]), int(indices[-1]) + 1)
    return indices
