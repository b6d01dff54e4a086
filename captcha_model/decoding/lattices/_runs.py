"""Runs of any character in the lattice of a text: what is replaced and what is inserted.

Both come into gap g, before the character of place g, from the same states: from the blank there,
or from the character before it. They leave by others: what replaces the character of place g to
what is after that place, what is inserted to place g itself. So one recursion over the steps,

    run(t, c) = p(t, c) * (run(t - 1, c) + what comes in at t),

serves both and all characters c at once, and the sum of run(t, c) * what goes on after t over all
steps t is the probability of the text with c there. All here is in plain products.
"""

import numpy as np

from captcha_model.decoding.lattices._neighbours import Floats, Integers

BLOCK = 2**16  # Runs are summed in blocks of so many numbers, which a processor's cache can hold.


def runs(
    probabilities: Floats, ids: Integers, before: Floats, after: Floats
) -> tuple[Floats, Floats]:
    """Return the texts with any character in a place's stead, and with one more in any gap.

    Args:
        probabilities: shape (T, N, C); class 0, which is no character, has none.
        ids: shape (N, L), padded with 0.
        before: alpha of what comes up to between two steps, (T + 1, 2 L + 1, N).
        after: beta of what goes on from there, (T + 1, 2 L + 4, N).

    Returns:
        Shape (N, L + 1, C) each; of the first the last gap means nothing.
    """
    steps, count, classes = probabilities.shape
    gaps = ids.shape[1] + 1
    same = np.zeros((count, gaps + 2), np.intp)
    same[:, 1:gaps] = ids
    image, place = np.arange(count)[:, None], np.arange(gaps)
    # A run of the character before begins after the blank alone.
    coming = before[:-1, ::2].transpose(0, 2, 1).copy()
    again = coming * probabilities[:, image, same[:, :-2]]
    coming[..., 1:] += before[:-1, 1::2].transpose(0, 2, 1)
    # By the blank and the character behind what is inserted, then behind what is replaced.
    leaving = np.empty((count, gaps, 4, steps))
    for k in range(4):
        leaving[:, :, k] = after[1:, k : k + 2 * gaps : 2].T
    sums = np.zeros((count, gaps, 4, classes))
    rows = _even(count, BLOCK // (gaps * steps * classes))
    length = _even(steps, BLOCK // (gaps * rows * classes))
    room = np.empty(length * rows * gaps * classes)  # New memory costs more than the arithmetic.
    for first in range(0, count, rows):
        images = slice(first, first + rows)
        taken = same[images, :-2]
        run = np.zeros(len(taken) * gaps * classes)
        kept = np.empty_like(run)
        for start in range(0, steps, length):
            part = slice(start, start + length)
            p = probabilities[part, images].copy()
            block = room[: len(p) * run.size].reshape(len(p), len(taken), gaps, classes)
            # The rows are short: this is twice as fast as broadcasting, if all is contiguous.
            np.einsum("tng,tnc->tngc", coming[part, images].copy(), p, out=block)
            block[:, image[: len(taken)], place, taken] = again[part, images]
            stays = np.repeat(p[:, :, None], gaps, axis=2).reshape(len(p), -1)
            for stay, now in zip(stays, block.reshape(len(p), -1), strict=True):
                np.multiply(stay, run, kept)
                np.add(now, kept, now)
                run = now
            sums[images] += leaving[images, ..., part] @ block.transpose(1, 2, 0, 3)
            run = run.copy()
    # Behind a run of the same character only a blank keeps them two.
    sums[image, place, 1, same[:, 1:-1]] = 0.0
    sums[image, place, 3, same[:, 2:]] = 0.0
    return sums[:, :, 2] + sums[:, :, 3], sums[:, :, 0] + sums[:, :, 1]


def _even(count: int, most: int) -> int:
    """Return the size of as few parts of `count` things as there can be, each of up to `most`."""
    parts = max(1, -(-count // max(1, most)))
    return max(1, -(-count // parts))
