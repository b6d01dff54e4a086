"""Logits of images that have numbers of time steps of their own.

The steps behind the last one of an image are certainly blank, so that they add nothing to any text:
every sum over alignments is the same as without them.
"""

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

Logits = npt.NDArray[np.float32]

# Divided by the largest temperature it still leaves no other class a probability that a float64
# could tell from 0 beside 1.
_CERTAIN = 5000.0


def join_steps(count: int, groups: Iterable[tuple[Sequence[int], Logits]]) -> Logits:
    """Put the logits of images of several widths together.

    Args:
        count: the number N of images.
        groups: the indices of n images and their logits (n, t, C), for every width.

    Returns:
        Shape (N, T, C), T being the largest t; class 0 is the blank.
    """
    found = list(groups)
    steps = max(logits.shape[1] for _, logits in found)
    joined = np.full((count, steps, found[0][1].shape[2]), -_CERTAIN, np.float32)
    joined[:, :, 0] = 0
    for indices, logits in found:
        joined[indices, : logits.shape[1]] = logits
    return joined
