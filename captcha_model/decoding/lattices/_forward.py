"""The forward sums of CTC's lattice, and the same from the other end.

The states of a text are its characters with a blank before, between and after them. A path begins
in the first state before the first step. With each step it stays in its state or goes on to the
next, or over it, where that is a blank between two different characters:

    alpha(t, s) = p(t, s) * (alpha(t-1, s) + alpha(t-1, s-1) + [may skip s-1] * alpha(t-1, s-2)).

The steps are taken one after another, each with all states of all images at once.
"""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from captcha_model.decoding.lattices._neighbours import NEVER, Floats, Integers, reversed_texts

Forward: TypeAlias = Callable[[Floats, Integers], Floats]


def in_logarithms(own: Floats, ids: Integers) -> Floats:
    """Return log alpha of shape (T + 1, S, N), from before the first step to the last one.

    Args:
        own: log p of each state's class, (T, S, N), with S = 2 L + 1.
        ids: the texts, (N, L), padded with 0.
    """
    steps, states, count = own.shape
    skip = np.where(_may_skip(ids), 0.0, NEVER)
    # Two states more, before the first one, from which nothing comes.
    alpha = np.full((steps + 1, states + 2, count), NEVER)
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


def in_products(own: Floats, ids: Integers) -> Floats:
    """Return alpha of shape (T + 1, S, N), by plain products.

    Args:
        own: p of each state's class, (T, S, N).
        ids: the texts, (N, L), padded with 0.
    """
    steps, states, count = own.shape
    alpha = np.zeros((steps + 1, states + 2, count))
    alpha[0, 2] = 1.0
    # Rows of one axis, along which the state before lies `count` numbers back: every call of NumPy
    # is the faster for it, and for a few images the calls are all that counts.
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


def both_ways(
    own: Floats, ids: Integers, lengths: Integers, forward: Forward, none: float
) -> tuple[Floats, Floats]:
    """Return alpha of shape (T + 1, 2 L + 1, N), and beta of shape (T + 1, 2 L + 4, N).

    Beta is what comes to a state in a mirror. It begins behind the last step, where all is in the
    state behind the text. Its last three states are never.

    Args:
        own: what `forward` takes, (T, 2 L + 1, N).
        ids: the texts, (N, L), padded with 0.
        lengths: their lengths, (N,).
        forward: one of the functions above.
        none: how a probability of 0 is written there.
    """
    if (lengths == ids.shape[1]).all():
        # All lattices are of one size, and so their mirrors are only turned around.
        both = forward(
            np.concatenate([own, own[::-1, ::-1]], axis=2), np.concatenate([ids, ids[:, ::-1]])
        )
        after = np.full((len(both), own.shape[1] + 3, len(ids)), none)
        after[:, :-3] = both[::-1, ::-1, len(ids) :]
        return both[..., : len(ids)], after
    states = 2 * lengths - np.arange(own.shape[1] + 3)[:, None]
    mirror = (slice(None, None, -1), np.maximum(states, 0), np.arange(len(ids)))
    both = forward(
        np.concatenate([own, own[mirror][:, :-3]], axis=2),
        np.concatenate([ids, reversed_texts(ids, lengths)]),
    )
    alpha, turned = both[..., : len(ids)], both[..., len(ids) :]
    return alpha, np.where(states >= 0, turned[mirror], none)


def _may_skip(ids: Integers) -> npt.NDArray[np.bool_]:
    """Return whether the state before each one may be left out: shape (S, N)."""
    may = np.zeros((2 * ids.shape[1] + 1, len(ids)), np.bool_)
    may[3::2] = (ids[:, 1:] != ids[:, :-1]).T
    return may
