"""The forward sums of CTC's lattice, in the order that suits the number of images.

The states of a text are its characters with a blank before, between and after them. A path begins
in the first state before the first step. With each step it stays in its state or goes on to the
next, or over it, where that is a blank between two different characters:

    alpha(t, s) = p(t, s) * (alpha(t-1, s) + alpha(t-1, s-1) + [may skip s-1] * alpha(t-1, s-2)).

A call of NumPy costs as much as hundreds of numbers do. For many images it is best to go from step
to step, with all states of all images at once. For few it is faster to go from state to state, with
all steps at once, because a text has fewer states than an image has steps; but that is more
arithmetic.
"""

import numpy as np

from captcha_model.lattices._neighbours import NEVER, Floats, Integers

FEW = 20  # So many images take about as long in either order.


def forward(own: Floats, ids: Integers) -> Floats:
    """Return log alpha of shape (T + 1, S, N), from before the first step to the last one.

    Args:
        own: log p of each state's class, (T, S, N), with S = 2 L + 1.
        ids: the texts, (N, L), padded with 0.
    """
    skip = np.full(own.shape[1:], NEVER)
    skip[3::2][(ids[:, 1:] != ids[:, :-1]).T] = 0.0
    return (by_states if len(ids) < FEW else by_steps)(own, skip)


def by_steps(own: Floats, skip: Floats) -> Floats:
    """Go from step to step.

    Args:
        own: shape (T, S, N).
        skip: shape (S, N): 0 where the state before may be left out, else `NEVER`.
    """
    steps, states, count = own.shape
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


def by_states(own: Floats, skip: Floats) -> Floats:
    """Go from state to state; takes and returns what `by_steps` does.

    What comes into a state is known for all steps when the states before it are done. It stays
    there by the product of p from its step on, which is a ratio of two products from the first step
    on; divided by those, alpha is a running sum over the steps.
    """
    steps, states, count = own.shape
    stay = np.zeros((steps + 1, states, count))
    np.cumsum(own, axis=0, out=stay[1:])
    alpha = np.empty_like(stay)
    for s in range(states):
        coming = np.full((steps + 1, count), NEVER)
        if s == 0:
            coming[0] = 0.0
        elif s % 2 and s > 1:
            np.logaddexp(alpha[:-1, s - 1], alpha[:-1, s - 2] + skip[s], out=coming[1:])
        else:
            coming[1:] = alpha[:-1, s - 1]
        coming[1:] -= stay[:-1, s]
        np.logaddexp.accumulate(coming, axis=0, out=alpha[:, s])
        alpha[:, s] += stay[:, s]
    return alpha
