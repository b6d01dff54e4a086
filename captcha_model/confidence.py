"""How sure a network is of what was decoded, and where it stands in the image.

Let p(t, k) be the softmax of the logits at time step t. For a character k that was decoded in the
steps [start, stop):

- its confidence is max over t in [start, stop) of p(t, k): the network's own probability for the
  character at the step where it is surest. The step that attains it is the character's peak;
- its alternatives are the other characters (never the blank) in the order of p(peak, .), each with
  that probability as its confidence;
- the confidence of the text is the product of its characters' confidences. It does not count the
  risk that a character is missing or one too many. That of an empty text is the product over all
  steps of p(t, blank).
"""

import itertools
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from captcha_model.decoding import Emission, decode, softmax
from captcha_model.prediction import Alternative, Character, Prediction
from captcha_model.vocabulary import BLANK


def spans(emissions: Sequence[Emission], steps: int, width: int) -> list[tuple[float, float]]:
    """Place decoded characters in the original image.

    A network emits a character in one or two steps somewhere over its glyph, so a character's span
    reaches half-way to its neighbours' steps. The outer ends lie as far from their own character as
    its inner end does; a lone character spans its own steps.

    Args:
        emissions: the characters of one text, in order.
        steps: the number of time steps T, which share the width evenly.
        width: of the original image, in pixels.

    Returns:
        (left, right) for each character, in pixels from the image's left edge.
    """
    scale = width / steps
    if len(emissions) == 1:
        return [(emissions[0].start * scale, emissions[0].stop * scale)]
    middles = [(e.start + e.stop) / 2 for e in emissions]
    between = [(a + b) / 2 for a, b in itertools.pairwise(middles)]
    if not between:
        return []
    first = max(0.0, 2 * middles[0] - between[0])
    last = min(float(steps), 2 * middles[-1] - between[-1])
    edges = [first, *between, last]
    return [(a * scale, b * scale) for a, b in itertools.pairwise(edges)]


def read(
    logits: npt.NDArray[np.floating],
    characters: str,
    *,
    width: int,
    height: int,
    left_to_right: bool = True,
    alternatives: int = 3,
) -> Prediction:
    """Decode one image's logits into a reading with confidences and spans.

    Args:
        logits: shape (T, C), C = len(characters) + 1, class 0 the blank.
        characters: the vocabulary in the order of its ids.
        width: of the original image, in pixels.
        height: likewise.
        left_to_right: whether time steps follow the image from left to right; without, no spans.
        alternatives: how many other characters to name for each place.
    """
    probabilities = softmax(logits)
    emissions = decode(probabilities)
    places: Sequence[tuple[float | None, float | None]] = (
        spans(emissions, len(logits), width) if left_to_right else [(None, None)] * len(emissions)
    )
    found = []
    for emission, (left, right) in zip(emissions, places, strict=True):
        peak = emission.start + int(
            np.argmax(probabilities[emission.start : emission.stop, emission.id])
        )
        step = probabilities[peak]
        others = [i for i in np.argsort(-step, kind="stable") if i not in (BLANK, emission.id)]
        found.append(
            Character(
                text=characters[emission.id - 1],
                confidence=float(step[emission.id]),
                left=left,
                right=right,
                alternatives=tuple(
                    Alternative(characters[i - 1], float(step[i])) for i in others[:alternatives]
                ),
            )
        )
    certainties = [c.confidence for c in found] or probabilities[:, BLANK]
    return Prediction(
        text="".join(c.text for c in found),
        confidence=float(np.prod(certainties)),
        characters=tuple(found),
        width=width,
        height=height,
    )
