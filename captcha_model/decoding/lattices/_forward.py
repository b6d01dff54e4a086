"""The forward and backward recursions over the lattice of a text under CTC.

The states of a text are its characters with a blank before, between and after them. Before the
first step a path is in the first state. At each step it stays in its state, or moves to the next
one, or skips that one if it is a blank between two different characters:

    alpha(t, s) = p(t, s) * (alpha(t-1, s) + alpha(t-1, s-1) + [may skip s-1] * alpha(t-1, s-2)).

The steps are computed one after another, each for all states of all images at once.
"""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from captcha_model.decoding.lattices._neighbours import LOG_ZERO, Floats, Integers, reversed_texts

Forward: TypeAlias = Callable[[Floats, Integers], Floats]


def forward_logarithms(own: Floats, ids: Integers) -> Floats:
    """Return log alpha before the first step and after each one: shape (T + 1, S, N).

    Args:
        own: the log-probability of the class of each state, shape (T, S, N), with S = 2 L + 1.
        ids: the texts, shape (N, L), padded with 0.
    """
    steps, states, count = own.shape
    skip = np.where(_may_skip(ids), 0.0, LOG_ZERO)
    # Two more states before the first one, both with probability 0.
    alpha = np.full((steps + 1, states + 2, count), LOG_ZERO)
    alpha[0, 2] = 0.0
    ways = np.empty((3, states, count))
    most = np.empty((states, count))
    for before, now, p in zip(alpha, alpha[1:, 2:], own, strict=False):
        ways[0] = before[2:]
        ways[1] = before[1:-1]
        np.add(before[:-2], skip, out=ways[2])
        np.maximum.reduce(ways, axis=0, out=most)
        np.subtract(ways, most, out=ways)
        np.exp(ways, out=ways)
        np.add.reduce(ways, axis=0, out=now)
        np.log(now, out=now)
        most += p
        now += most
    return alpha[:, 2:]


def forward_products(own: Floats, ids: Integers) -> Floats:
    """Return alpha before the first step and after each one: shape (T + 1, S, N).

    Args:
        own: the probability of the class of each state, shape (T, S, N).
        ids: the texts, shape (N, L), padded with 0.
    """
    steps, states, count = own.shape
    alpha = np.zeros((steps + 1, states + 2, count))
    alpha[0, 2] = 1.0
    # One flat row for each step, in which the previous state is `count` numbers back. This makes
    # NumPy's calls faster, which is what takes the time for a few images.
    rows, p = alpha.reshape(steps + 1, -1), own.reshape(steps, -1)
    may_skip = _may_skip(ids).astype(np.float64).reshape(-1)
    over = np.empty(states * count)
    stays, goes, skips = rows[:, 2 * count :], rows[:, count:-count], rows[:, : -2 * count]
    for stay, go, leap, arrive, q in zip(stays, goes, skips, stays[1:], p, strict=False):
        np.multiply(leap, may_skip, over)
        np.add(over, go, over)
        np.add(over, stay, over)
        np.multiply(over, q, arrive)
    return alpha[:, 2:]


def forward_backward(
    own: Floats, ids: Integers, lengths: Integers, forward: Forward, zero: float
) -> tuple[Floats, Floats]:
    """Return alpha of shape (T + 1, 2 L + 1, N), and beta of shape (T + 1, 2 L + 4, N).

    Beta is alpha of the reversed text over the reversed steps, reversed. Its three additional
    states, behind the last one, have probability 0.

    Args:
        own: the argument of `forward`, shape (T, 2 L + 1, N).
        ids: the texts, shape (N, L), padded with 0.
        lengths: their lengths, shape (N,).
        forward: `forward_products` or `forward_logarithms`.
        zero: how they represent the probability 0.
    """
    if (lengths == ids.shape[1]).all():
        # All lattices have the same size, so reversing an axis reverses each of them.
        both = forward(
            np.concatenate([own, own[::-1, ::-1]], axis=2), np.concatenate([ids, ids[:, ::-1]])
        )
        after = np.full((len(both), own.shape[1] + 3, len(ids)), zero)
        after[:, :-3] = both[::-1, ::-1, len(ids) :]
        return both[..., : len(ids)], after
    states = 2 * lengths - np.arange(own.shape[1] + 3)[:, None]
    mirror = (slice(None, None, -1), np.maximum(states, 0), np.arange(len(ids)))
    both = forward(
        np.concatenate([own, own[mirror][:, :-3]], axis=2),
        np.concatenate([ids, reversed_texts(ids, lengths)]),
    )
    alpha, turned = both[..., : len(ids)], both[..., len(ids) :]
    return alpha, np.where(states >= 0, turned[mirror], zero)


def _may_skip(ids: Integers) -> npt.NDArray[np.bool_]:
    """Return whether the state before each one may be skipped: shape (S, N)."""
    may = np.zeros((2 * ids.shape[1] + 1, len(ids)), np.bool_)
    may[3::2] = (ids[:, 1:] != ids[:, :-1]).T
    return may
