"""The total probability of all texts that a constraint allows.

What is known of a text beforehand divides the probability of every text that agrees with it by this
total: P(text | constraint) = P(text) / P(constraint). It is a sum over all paths, with one entry
for every state of the constraint's automaton; the automaton is deterministic, so that each path
counts once.
"""

from typing import NamedTuple

import numpy as np

from captcha_model.decoding.automaton import Automaton, Integers
from captcha_model.decoding.constraints import Constraint
from captcha_model.decoding.lattices._neighbours import (
    NEVER,
    Floats,
    impossible_to_infinity,
    log_sum,
)
from captcha_model.vocabulary import BLANK


def ctc(log_probabilities: Floats, constraint: Constraint) -> Floats:
    """Return the log-probability that the text of a CTC network is an allowed one: shape (N,).

    Args:
        log_probabilities: shape (N, T, C); class 0 is the blank.
        constraint: the allowed texts.
    """
    count, steps, classes = log_probabilities.shape
    edges = _Edges.of(constraint.automaton)
    allowed = constraint.automaton.rows[edges.rows]
    states = len(constraint.automaton.accepting)
    probabilities = np.exp(log_probabilities)
    # For every state, the fraction of the paths with each last class, and the logarithm of their
    # sum. Each state has a scale of its own, so that an unlikely one does not become zero.
    fractions = np.zeros((count, states, classes))
    fractions[:, 0, BLANK] = 1.0
    level = np.full((count, states), NEVER)
    level[:, 0] = 0.0
    for t in range(steps):
        arriving_level = level[:, edges.sources]
        scale = level.copy()
        scale[:, edges.reached] = np.maximum(
            level[:, edges.reached], edges.combined(arriving_level, np.maximum)
        )
        arriving = _without_same(fractions)[:, edges.sources] * allowed
        arriving *= np.exp(arriving_level - scale[:, edges.targets])[..., None]
        grown = fractions.copy()
        grown[..., BLANK] = fractions.sum(axis=2)
        grown *= np.exp(level - scale)[..., None]
        grown[:, edges.reached] += edges.combined(arriving, np.add)
        grown *= probabilities[:, None, t]
        total = grown.sum(axis=2)
        level = np.where(total > 0, np.log(np.maximum(total, 1e-300)) + scale, NEVER)
        fractions = grown / np.where(total > 0, total, 1.0)[..., None]
    return impossible_to_infinity(log_sum(level[:, constraint.automaton.accepting], axis=1))


def fixed(log_probabilities: Floats, constraint: Constraint) -> Floats:
    """Return the same for a network with fixed positions; class 0 is an empty position."""
    count, steps, _ = log_probabilities.shape
    edges, rows = _Edges.of(constraint.automaton), constraint.automaton.rows
    level = np.full((count, len(constraint.automaton.accepting)), NEVER)
    level[:, 0] = 0.0
    for t in range(steps):
        step = log_probabilities[:, t]
        filled = log_sum(np.where(rows, step[:, None], NEVER), axis=2)
        grown = level + step[:, BLANK, None]
        arriving = edges.combined(level[:, edges.sources] + filled[:, edges.rows], np.logaddexp)
        grown[:, edges.reached] = np.logaddexp(grown[:, edges.reached], arriving)
        level = grown
    return impossible_to_infinity(log_sum(level[:, constraint.automaton.accepting], axis=1))


class _Edges(NamedTuple):
    """The edges of an automaton, sorted by target.

    Attributes:
        sources: the states that E edges come from.
        targets: the states that they lead to.
        rows: for each, the row of `Automaton.rows` with its classes.
        reached: each of the targets once.
        starts: the first edge to each of these.
    """

    sources: Integers
    targets: Integers
    rows: Integers
    reached: Integers
    starts: Integers

    @classmethod
    def of(cls, automaton: Automaton) -> "_Edges":
        edges = sorted(automaton.edges, key=lambda edge: edge.target)
        sources, targets, rows = np.array(edges, np.intp).reshape(-1, 3).T
        reached, starts = np.unique(targets, return_index=True)
        return cls(sources, targets, rows, reached, starts)

    def combined(self, values: Floats, combine: np.ufunc) -> Floats:
        """Combine the values of edges, (N, E, ...), to those of the states that they reach."""
        if len(self.reached) == len(self.targets):
            return values
        return combine.reduceat(values, self.starts, axis=1)


def _without_same(fractions: Floats) -> Floats:
    """Return for every class the sum over all others: what a new character of it may follow.

    Two partial sums, because a difference from the whole would be lost in rounding.
    """
    left = np.zeros_like(fractions)
    right = np.zeros_like(fractions)
    np.cumsum(fractions[..., :-1], axis=-1, out=left[..., 1:])
    right[..., :-1] = np.cumsum(fractions[..., :0:-1], axis=-1)[..., ::-1]
    return left + right
