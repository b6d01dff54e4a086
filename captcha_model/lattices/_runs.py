"""Runs of any character in the lattice of a text: what is replaced and what is inserted.

Both come into gap g, before the character of place g, from the same states: from the blank there,
or from the character before it. They leave by others: what replaces the character of place g to
what is after that place, what is inserted to place g itself. So one recursion over the steps,

    run(t, c) = p(t, c) * (run(t - 1, c) + what comes in at t),

serves both and all characters c at once, and the sum of run(t, c) * what goes on after t over all
steps t is the probability of the text with c there.
"""

from dataclasses import dataclass

import numpy as np

from captcha_model.lattices._neighbours import Floats, Integers

BLOCK = 2**18  # Runs are summed in blocks of so many numbers, which a processor's cache can hold.


def runs(
    log_probabilities: Floats, ids: Integers, before: Floats, after: Floats
) -> tuple[Floats, Floats]:
    """Return the texts with any character in a place's stead, and with one more in any gap.

    Args:
        log_probabilities: shape (N, T, C).
        ids: shape (N, L), padded with 0.
        before: log alpha of what comes up to between two steps, (T + 1, 2 L + 1, N).
        after: log beta of what goes on from there, (T + 1, 2 L + 4, N).

    Returns:
        Logarithms of shape (N, L + 1, C) each; of the first the last gap means nothing.
    """
    count, steps, classes = log_probabilities.shape
    gaps = ids.shape[1] + 1
    scaled = _Scaled.of(log_probabilities, ids, before)
    # By the blank and the character behind what is inserted, then behind what is replaced.
    leaving = np.empty((steps, gaps, count, 4))
    for k in range(4):
        np.add(after[1:, k : k + 2 * gaps : 2], scaled.scale, out=leaving[..., k])
    most = leaving.max(axis=0).max(axis=2)[..., None]
    leaving -= most
    weights = np.exp(leaving, out=leaving).transpose(1, 2, 3, 0)
    sums = np.zeros((gaps, count, 4, classes))
    rows = _even(count, BLOCK // (gaps * steps * classes))
    room = np.empty((2, _even(steps, BLOCK // (gaps * rows * classes)), gaps, rows, classes))
    for first in range(0, count, rows):
        images = slice(first, first + rows)
        scaled.add_runs(images, weights[:, images], sums[:, images], room)
    # Behind a run of the same character only a blank keeps them two.
    behind = np.zeros((gaps + 1, count), np.intp)
    behind[: gaps - 1] = ids.T
    place, image = np.arange(gaps)[:, None], np.arange(count)
    sums[place, image, 1, behind[:-1]] = 0.0
    sums[place, image, 3, behind[1:]] = 0.0
    with np.errstate(divide="ignore"):
        inserted = np.log(sums[:, :, 0] + sums[:, :, 1]) + most
        replaced = np.log(sums[:, :, 2] + sums[:, :, 3]) + most
    return replaced.transpose(1, 0, 2), inserted.transpose(1, 0, 2)


@dataclass(frozen=True)
class _Scaled:
    """The recursion on a linear scale on which no run is above the number of steps.

    Attributes:
        scale: shape (T, G, N), its logarithm.
        kept: shape (T, G, N), what of a run the step before is worth at a step.
        coming: the same of what comes in, from the blank and from the character before.
        coming_same: a run of the character before begins after the blank alone; what comes in
            there, times that character's probability.
        same: shape (G, N), that character's id; 0 where there is none.
        probabilities: shape (T, N, C); class 0, which is no character, has none.
    """

    scale: Floats
    kept: Floats
    coming: Floats
    coming_same: Floats
    same: Integers
    probabilities: Floats

    @classmethod
    def of(cls, log_probabilities: Floats, ids: Integers, before: Floats) -> "_Scaled":
        """Scale every gap of each image for itself."""
        count = len(ids)
        same = np.concatenate([np.zeros((1, count), np.intp), ids.T])
        probabilities = np.exp(log_probabilities.transpose(1, 0, 2), order="C")
        # The largest run that one way through a gap can give, if its character is the best of
        # every step.
        stay = np.log(probabilities.max(axis=2, keepdims=True)).cumsum(axis=0).transpose(0, 2, 1)
        probabilities[..., 0] = 0.0
        from_blank = before[:-1, ::2]
        arriving = from_blank.copy()
        np.maximum(arriving[:, 1:], before[:-1, 1::2], out=arriving[:, 1:])
        arriving[1:] -= stay[:-1]
        scale = np.maximum.accumulate(arriving, axis=0)
        scale += stay
        kept = np.zeros_like(scale)
        np.exp(scale[:-1] - scale[1:], out=kept[1:])
        coming = np.exp(from_blank - scale)
        coming_same = coming * probabilities[:, np.arange(count), same]
        coming[:, 1:] += np.exp(before[:-1, 1::2] - scale[:, 1:])
        return cls(scale, kept, coming, coming_same, same, probabilities)

    def add_runs(self, images: slice, weights: Floats, sums: Floats, room: Floats) -> None:
        """Add up the runs of some images, some steps at a time.

        Args:
            images: which.
            weights: shape (G, N, 4, T), what goes on after each step.
            sums: shape (G, N, 4, C), to which the runs times the weights are added.
            room: to compute in, (2, steps, G, N, C); new memory costs more than the arithmetic.
        """
        same = self.same[:, images]
        place, image = np.arange(len(same))[:, None], np.arange(same.shape[1])
        run = np.zeros((*same.shape, sums.shape[-1]))
        length = room.shape[1]
        for start in range(0, len(self.scale), length):
            steps = slice(start, start + length)
            p = self.probabilities[steps, None, images]
            kept, block = room[:, : len(p), :, : len(image)]
            np.multiply(self.kept[steps, :, images, None], p, out=kept)
            np.multiply(self.coming[steps, :, images, None], p, out=block)
            block[:, place, image, same] = self.coming_same[steps, :, images]
            for keep, now in zip(kept, block, strict=True):
                keep *= run
                now += keep
                run = now
            run = run.copy()
            sums += weights[..., steps] @ block.transpose(1, 2, 0, 3)


def _even(count: int, most: int) -> int:
    """Return the size of as few parts of `count` things as there can be, each of up to `most`."""
    parts = max(1, -(-count // max(1, most)))
    return max(1, -(-count // parts))
