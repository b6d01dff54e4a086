"""From a network's logits to ids, by NumPy alone and the same for every runtime."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from captcha_model.vocabulary import BLANK


@dataclass(frozen=True)
class Emission:
    """One decoded character and the time steps that emitted it.

    Attributes:
        id: the character's id, from 1.
        start: the first time step of its run.
        stop: the step after the last one.
    """

    id: int
    start: int
    stop: int


def greedy(logits: npt.NDArray[np.floating]) -> list[Emission]:
    """Decode one image by the most likely class at every step (CTC's best path).

    Adjacent equal classes are one run, and runs of the blank are dropped (Graves et al., 2006).

    Args:
        logits: shape (T, C), before or after a softmax; class 0 is the blank.

    Returns:
        The characters in order, each with its run of time steps.
    """
    best = np.argmax(logits, axis=-1)
    edges = np.flatnonzero(np.diff(best)) + 1
    starts = [0, *edges.tolist()]
    stops = [*edges.tolist(), len(best)]
    return [
        Emission(int(best[start]), start, stop)
        for start, stop in zip(starts, stops, strict=True)
        if start < stop and best[start] != BLANK
    ]


def greedy_texts(logits: npt.NDArray[np.floating], characters: str) -> list[str]:
    """Decode a batch of shape (N, T, C) to texts, without confidences or positions."""
    return ["".join(characters[e.id - 1] for e in greedy(image)) for image in logits]
