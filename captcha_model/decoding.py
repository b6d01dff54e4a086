"""From a network's probabilities to characters, by NumPy alone and the same for every runtime."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from captcha_model.vocabulary import BLANK

BEAM_WIDTH = 8
NEGLIGIBLE = 1e-4  # A character below this probability starts no new prefix at that step.

Floats = npt.NDArray[np.floating]


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


def softmax(logits: Floats) -> npt.NDArray[np.float64]:
    """Turn logits into probabilities along the last axis, in double precision."""
    shifted = np.asarray(logits, np.float64)
    shifted = np.exp(shifted - shifted.max(axis=-1, keepdims=True))
    return shifted / shifted.sum(axis=-1, keepdims=True)


def decode(probabilities: Floats) -> list[Emission]:
    """Decode one image: the text that beam search finds, with the steps that emitted it.

    Args:
        probabilities: shape (T, C), rows that sum to 1; class 0 is the blank.

    Returns:
        The characters in order, each with its run of time steps.
    """
    emissions = greedy(probabilities)
    ids = beam_search(probabilities)
    # Nearly always the two agree, and then greedy decoding knows the steps already.
    return emissions if [e.id for e in emissions] == ids else align(probabilities, ids)


def greedy(scores: Floats) -> list[Emission]:
    """Decode one image by the most likely class at every step (CTC's best path).

    Adjacent equal classes are one run, and runs of the blank are dropped (Graves et al., 2006).

    Args:
        scores: logits or probabilities of shape (T, C); class 0 is the blank.
    """
    best = np.argmax(scores, axis=-1)
    edges = (np.flatnonzero(np.diff(best)) + 1).tolist()
    return [
        Emission(int(best[start]), start, stop)
        for start, stop in zip([0, *edges], [*edges, len(best)], strict=True)
        if start < stop and best[start] != BLANK
    ]


def beam_search(
    probabilities: Floats, width: int = BEAM_WIDTH, negligible: float = NEGLIGIBLE
) -> list[int]:
    """Find the most likely text, over all the paths that spell it (prefix beam search).

    The best single path misleads where a network hesitates between two steps for one character:
    each of them alone loses to the blank, or both are taken. Summing over paths settles both
    (Graves and Jaitly, 2014; Hannun et al., 2014).

    Args:
        probabilities: shape (T, C), rows that sum to 1; class 0 is the blank.
        width: how many prefixes are kept at every step.
        negligible: a character below this probability starts no new prefix at that step.

    Returns:
        The ids of the text, from 1.
    """
    # For each prefix: the probability of all paths to it that end in a blank, and in its last id.
    beam: dict[tuple[int, ...], tuple[float, float]] = {(): (1.0, 0.0)}
    candidates = probabilities > negligible
    candidates[:, BLANK] = False
    for row, chosen in zip(probabilities.tolist(), candidates, strict=True):
        ids = np.flatnonzero(chosen).tolist()
        grown: dict[tuple[int, ...], tuple[float, float]] = {}
        for prefix, (blank, last) in beam.items():
            repeat = last * row[prefix[-1]] if prefix else 0.0
            _add(grown, prefix, (blank + last) * row[BLANK], repeat)
            for i in ids:
                # The same character once more is a new one only after a blank.
                before = blank if prefix and prefix[-1] == i else blank + last
                _add(grown, (*prefix, i), 0.0, before * row[i])
        kept = sorted(grown.items(), key=lambda item: -sum(item[1]))[:width]
        # Only ratios matter, and products over many steps would reach zero.
        scale = sum(kept[0][1]) or 1.0
        beam = {prefix: (blank / scale, last / scale) for prefix, (blank, last) in kept}
    return list(next(iter(beam)))


def align(probabilities: Floats, ids: Sequence[int]) -> list[Emission]:
    """Find the time steps of a given text: its most likely path (Viterbi).

    Args:
        probabilities: shape (T, C); class 0 is the blank.
        ids: the text's ids; it must fit, with a blank between equal neighbours, into T steps.
    """
    if not ids:
        return []
    states = np.full(2 * len(ids) + 1, BLANK)
    states[1::2] = ids
    # A blank may be left out between two different characters.
    skippable = np.zeros(len(states), bool)
    skippable[3::2] = states[3::2] != states[1:-2:2]
    scores = np.log(np.maximum(np.asarray(probabilities, np.float64)[:, states], 1e-300))
    best = np.full(len(states), -np.inf)
    best[:2] = scores[0, :2]
    came_from = np.zeros(scores.shape, int)
    for t in range(1, len(scores)):
        one = np.concatenate([[-np.inf], best[:-1]])
        two = np.where(skippable, np.concatenate([[-np.inf, -np.inf], best[:-2]]), -np.inf)
        came_from[t] = np.argmax([best, one, two], axis=0)
        best = np.maximum(np.maximum(best, one), two) + scores[t]
    state = len(states) - 1 if best[-1] >= best[-2] else len(states) - 2
    path = [state]
    for t in range(len(scores) - 1, 0, -1):
        state -= came_from[t, state]
        path.append(state)
    steps = np.array(path[::-1])
    runs = [np.flatnonzero(steps == 2 * place + 1) for place in range(len(ids))]
    return [Emission(i, int(r[0]), int(r[-1]) + 1) for i, r in zip(ids, runs, strict=True)]


def _add(
    beam: dict[tuple[int, ...], tuple[float, float]],
    prefix: tuple[int, ...],
    blank: float,
    last: float,
) -> None:
    old_blank, old_last = beam.get(prefix, (0.0, 0.0))
    beam[prefix] = (old_blank + blank, old_last + last)
