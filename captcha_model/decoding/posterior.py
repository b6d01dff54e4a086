"""Exact confidences, alternatives and character spans, from a network's logits.

Let P(text) be the probability of a text under the network: the sum over all alignments that spell
it, of the product of the softmax of the logits, which may be divided by a temperature. Training
maximises it: P = exp(-CTC loss). It is exact here, and so is everything that follows from it:

- the confidence of a text is P(text); with a constraint it is divided by the total probability of
  all texts that the constraint allows, which is the probability of the constraint itself;
- the confidence of a character is P(text) divided by the sum of P over all texts with any allowed
  character in this position and the same characters in the others;
- its alternatives are those other characters, each with its fraction of the same sum;
- the runner-up is the most likely text that is one edit away; the length variant is the most likely
  one among those with one character more or less;
- a character begins and ends at the mean of its first and last steps over all alignments.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from captcha_model.decoding.allowed_edits import only_allowed
from captcha_model.decoding.alternatives import in_positions, other_texts, relative_probabilities
from captcha_model.decoding.best_path import BEAM_WIDTH, Floats, Ids, to_text
from captcha_model.decoding.confidences import batches
from captcha_model.decoding.constraint_probability import restrict
from captcha_model.decoding.constraints import Constraint
from captcha_model.decoding.heads import OutputHead
from captcha_model.decoding.lattices import Neighbours
from captcha_model.decoding.mixture import View, mixture
from captcha_model.decoding.spans import spans
from captcha_model.prediction import Character, Frame, Prediction


def predictions(
    logits: npt.NDArray[np.floating],
    characters: str,
    frames: Sequence[Frame],
    head: OutputHead,
    *,
    left_to_right: bool = True,
    temperature: float = 1.0,
    constraint: Constraint | None = None,
    beam_width: int = BEAM_WIDTH,
    alternatives: int = 3,
) -> list[Prediction]:
    """Decode logits into predictions with confidences, alternatives and spans.

    Args:
        logits: shape (N, T, C), C = len(characters) + 1, class 0 is the blank.
        characters: the vocabulary in the order of its ids.
        frames: the sizes of the N original images.
        head: the kind of output that the network has.
        left_to_right: whether the T steps follow the image from left to right; without that order
            there are no spans.
        temperature: the logits are divided by it.
        constraint: the allowed texts; None allows all.
        beam_width: the number of prefixes that the search keeps; 0 takes the best path.
        alternatives: the number of other characters to return for each position.

    Returns:
        N predictions, without a rejection reason.

    Raises:
        ConstraintError: every allowed text is longer than T steps can hold.
    """
    found: list[Prediction] = []
    for batch in batches(logits):
        decoded = _decode(logits[batch], head, temperature, constraint, beam_width)
        sizes = frames[batch]
        found += _predictions(
            decoded, characters, sizes, logits.shape[1] if left_to_right else None, alternatives
        )
    return found


def predictions_of_views(
    views: Sequence[View],
    characters: str,
    frames: Sequence[Frame],
    head: OutputHead,
    *,
    temperature: float = 1.0,
    constraint: Constraint | None = None,
    beam_width: int = BEAM_WIDTH,
    alternatives: int = 3,
) -> list[Prediction]:
    """Decode several views of images into predictions by the mean of their probabilities.

    Args:
        views: of the same N images, from left to right.
        characters: the vocabulary in the order of its ids.
        frames: the sizes of the N original images; the share that is filled is that of the first
            view.
        head: the kind of output that the network has.
        temperature: the logits are divided by it.
        constraint: the allowed texts; None allows all.
        beam_width: the number of prefixes that a search keeps; 0 takes the best path.
        alternatives: the number of other characters to return for each position.

    Returns:
        N predictions, without a rejection reason.

    Raises:
        ConstraintError: in no view is there room for an allowed text.
    """
    found = mixture(
        views, head, temperature=temperature, constraint=constraint, beam_width=beam_width
    )
    every = np.zeros(len(found.texts))  # The probabilities are those among the allowed texts.
    decoded = _Decoded(found.texts, found.neighbours, every, found.constraint)
    steps = views[0].logits.shape[1]
    return _predictions(decoded, characters, frames, steps, alternatives)


@dataclass(frozen=True)
class _Decoded:
    """The texts of N images, with what their confidences and alternatives are computed from.

    Attributes:
        texts: N texts as ids from 1.
        neighbours: the probabilities of the texts and of all allowed texts one edit away.
        log_partition: the total probability of all allowed texts, shape (N,).
        constraint: the probability of the constraint, shape (N,); None without one.
    """

    texts: list[Ids]
    neighbours: Neighbours
    log_partition: Floats
    constraint: Floats | None


def _decode(
    logits: npt.NDArray[np.floating],
    head: OutputHead,
    temperature: float,
    constraint: Constraint | None,
    beam_width: int,
) -> _Decoded:
    constraint = constraint.within(logits.shape[1]) if constraint else None
    restricted = restrict(logits, head, constraint, temperature)
    texts, neighbours = head.decode(restricted.log_probabilities, constraint, beam_width)
    if constraint:
        neighbours = only_allowed(neighbours, texts, constraint)
    return _Decoded(texts, neighbours, restricted.log_partition, restricted.constraint)


def _predictions(
    decoded: _Decoded,
    characters: str,
    frames: Sequence[Frame],
    steps: int | None,
    alternatives: int,
) -> list[Prediction]:
    """Return the predictions; without a number of `steps` they have no spans."""
    texts, found = decoded.texts, decoded.neighbours
    text_confidences = relative_probabilities(found.text, decoded.log_partition).tolist()
    constraint = [None] * len(texts) if decoded.constraint is None else decoded.constraint.tolist()
    own, others = in_positions(found, texts, alternatives, characters)
    runners_up, length_variants = other_texts(found, texts, decoded.log_partition, characters)
    edges: Sequence[Sequence[tuple[float | None, float | None]]]
    if steps is not None:
        edges = spans(found.begins, found.ends, found.lengths, steps, frames)
    else:
        edges = [[(None, None)] * len(text) for text in texts]
    readings = []
    for n, (ids, frame, where) in enumerate(zip(texts, frames, edges, strict=True)):
        text = to_text(ids, characters)
        chosen = zip(text, own[n], where, others[n], strict=False)
        readings.append(
            Prediction(
                text=text,
                confidence=text_confidences[n],
                characters=tuple(Character(c, p, *span, rest) for c, p, span, rest in chosen),
                width=frame.width,
                height=frame.height,
                runner_up=runners_up[n],
                length_variant=length_variants[n],
                constraint_probability=constraint[n],
            )
        )
    return readings
