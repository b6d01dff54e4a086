"""The likeliest texts and their confidences alone, from a network's logits, in bounded memory.

`captcha_model.decoding.posterior` gives everything else beside them, which takes longer.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from captcha_model.decoding.alternatives import relative_probabilities
from captcha_model.decoding.best_path import BEAM_WIDTH, Floats, to_text
from captcha_model.decoding.constraint_probability import restrict
from captcha_model.decoding.constraints import Constraint
from captcha_model.decoding.heads import OutputHead
from captcha_model.decoding.mixture import likeliest

# Batches are split so that their intermediate arrays hold at most this many numbers. Above it the
# allocator takes memory from the system anew for every array, which takes longer.
_BATCH_NUMBERS = 2**20


def confidences(
    logits: npt.NDArray[np.floating],
    characters: str,
    head: OutputHead,
    *,
    temperature: float = 1.0,
    constraint: Constraint | None = None,
    beam_width: int = BEAM_WIDTH,
) -> tuple[list[str], Floats]:
    """Decode logits into the texts and the confidences of `posterior.predictions`.

    Args:
        logits: shape (N, T, C), C = len(characters) + 1, class 0 is the blank.
        characters: the vocabulary in the order of its ids.
        head: the kind of output that the network has.
        temperature: the logits are divided by it.
        constraint: the allowed texts; None allows all.
        beam_width: the number of prefixes that the search keeps; 0 takes the best path.

    Returns:
        N texts, and their confidences of shape (N,).

    Raises:
        ConstraintError: every allowed text is longer than T steps can hold.
    """
    constraint = constraint.within(logits.shape[1]) if constraint else None
    texts: list[str] = []
    found = np.empty(len(logits))
    for batch in batches(logits):
        restricted = restrict(logits[batch], head, constraint, temperature)
        ids = head.search(restricted.log_probabilities, constraint, beam_width)
        texts += [to_text(text, characters) for text in ids]
        found[batch] = relative_probabilities(
            head.log_probability(restricted.log_probabilities, ids), restricted.log_partition
        )
    return texts, found


def confidences_of_views(
    views: Sequence[npt.NDArray[np.floating]],
    characters: str,
    head: OutputHead,
    *,
    temperature: float = 1.0,
    beam_width: int = BEAM_WIDTH,
) -> tuple[list[str], Floats]:
    """Decode several views of images into those of `posterior.predictions_of_views`.

    Args:
        views: logits of the same N images, each of shape (N, T, C).
        characters: the vocabulary in the order of its ids.
        head: the kind of output that the network has.
        temperature: the logits are divided by it.
        beam_width: the number of prefixes that a search keeps; 0 takes the best path.

    Returns:
        N texts, and their confidences of shape (N,).
    """
    texts: list[str] = []
    found = np.empty(len(views[0]))
    for batch in batches(max(views, key=lambda view: view.shape[1])):
        ids, found[batch] = likeliest(
            [view[batch] for view in views], head, temperature=temperature, beam_width=beam_width
        )
        texts += [to_text(text, characters) for text in ids]
    return texts, found


def batches(logits: npt.NDArray[np.floating]) -> Iterator[slice]:
    """Yield slices of images whose lattices fit in memory together."""
    count, steps, classes = logits.shape
    # A text has up to T characters, so its lattice has up to 2 T states at every step.
    size = max(1, _BATCH_NUMBERS // (8 * steps * (classes + steps)))
    for start in range(0, count, size):
        yield slice(start, start + size)
