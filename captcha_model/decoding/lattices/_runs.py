"""Substitutions and insertions: runs of any character in the lattice of a text.

Both enter gap g, before the character of position g, from the same states: from the blank there, or
from the character before it. They leave to different ones: a substitution to what follows position
g, an insertion to position g itself. So one recursion over the steps,

    run(t, c) = p(t, c) * (run(t - 1, c) + incoming(t)),

serves both, for all characters c at once. The sum over all steps t of run(t, c) * outgoing(t) is
the probability of the text with c there. Everything here is in plain products.
"""

import numpy as np

from captcha_model.decoding.lattices._neighbours import Floats, Integers

BLOCK = 2**16  # Runs are summed in blocks of this many numbers, which fit in the CPU cache.


def runs(
    probabilities: Floats, ids: Integers, before: Floats, after: Floats
) -> tuple[Floats, Floats]:
    """Return the probabilities of all substitutions, and of all insertions.

    Args:
        probabilities: shape (T, N, C); those of class 0 must be 0.
        ids: the texts, shape (N, L), padded with 0.
        before: alpha, shape (T + 1, 2 L + 1, N).
        after: beta, shape (T + 1, 2 L + 4, N).

    Returns:
        Shape (N, L + 1, C) each. The last entry of the first one is undefined.
    """
    steps, count, classes = probabilities.shape
    gaps = ids.shape[1] + 1
    same = np.zeros((count, gaps + 2), np.intp)
    same[:, 1:gaps] = ids
    image, position = np.arange(count)[:, None], np.arange(gaps)
    # A run of the character before it can only begin after the blank.
    coming = before[:-1, ::2].transpose(0, 2, 1).copy()
    again = coming * probabilities[:, image, same[:, :-2]]
    coming[..., 1:] += before[:-1, 1::2].transpose(0, 2, 1)
    # To the blank and the character behind an insertion, then behind a substitution.
    leaving = np.empty((count, gaps, 4, steps))
    for k in range(4):
        leaving[:, :, k] = after[1:, k : k + 2 * gaps : 2].T
    sums = np.zeros((count, gaps, 4, classes))
    rows = _even(count, BLOCK // (gaps * steps * classes))
    length = _even(steps, BLOCK // (gaps * rows * classes))
    buffer = np.empty(length * rows * gaps * classes)  # Allocation costs more than arithmetic.
    for first in range(0, count, rows):
        images = slice(first, first + rows)
        taken = same[images, :-2]
        run = np.zeros(len(taken) * gaps * classes)
        kept = np.empty_like(run)
        for start in range(0, steps, length):
            part = slice(start, start + length)
            p = probabilities[part, images].copy()
            block = buffer[: len(p) * run.size].reshape(len(p), len(taken), gaps, classes)
            # The rows are short: einsum on contiguous arrays is twice as fast as broadcasting.
            np.einsum("tng,tnc->tngc", coming[part, images].copy(), p, out=block)
            block[:, image[: len(taken)], position, taken] = again[part, images]
            stays = np.repeat(p[:, :, None], gaps, axis=2).reshape(len(p), -1)
            for stay, now in zip(stays, block.reshape(len(p), -1), strict=True):
                np.multiply(stay, run, kept)
                np.add(now, kept, now)
                run = now
            sums[images] += leaving[images, ..., part] @ block.transpose(1, 2, 0, 3)
            run = run.copy()
    # A run of the next character must be followed by a blank, or the two would be one.
    sums[image, position, 1, same[:, 1:-1]] = 0.0
    sums[image, position, 3, same[:, 2:]] = 0.0
    return sums[:, :, 2] + sums[:, :, 3], sums[:, :, 0] + sums[:, :, 1]


def _even(count: int, most: int) -> int:
    """Return the size of equal parts of `count` items, as few as possible, of at most `most`."""
    parts = max(1, -(-count // max(1, most)))
    return max(1, -(-count // parts))
