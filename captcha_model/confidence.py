"""How sure a network is of what was decoded, and where it stands in the image.

Let p(t, k) be the softmax of the logits at time step t. For a character k that was decoded in the
steps [start, stop):

- its confidence is max over t in [start, stop) of p(t, k): the network's own probability for the
  character at the step where it is surest. The step that attains it is the character's peak;
- its alternatives are the other characters (never the blank) in the order of p(peak, .), each with
  that probability as its confidence;
- the confidence of the text is the product of its characters' confidences, and for a network with
  fixed places also of p(t, no character) over the places left empty. With CTC it does not count the
  risk that a character is missing or one too many; that of an empty text is the product over all
  steps of p(t, blank).
"""

import itertools
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from captcha_model.decoding import Emission, softmax
from captcha_model.outputs import CTC, Output
from captcha_model.prediction import Alternative, Character, Prediction
from captcha_model.vocabulary import BLANK


def spans(
    emissions: Sequence[Emission], steps: int, width: int, filled: float = 1.0
) -> list[tuple[float, float]]:
    """Place decoded characters in the original image.

    A network emits a character in one or two steps somewhere over its glyph, so a character's span
    reaches half-way to its neighbours' steps. The outer ends lie as far from their own character as
    its inner end does; a lone character spans its own steps. What reaches into the padding at the
    right ends with the image, and a character that stands in the padding has the image's last step.

    Args:
        emissions: the characters of one text, in order.
        steps: the number of time steps T, which share the network's width evenly.
        width: of the original image, in pixels.
        filled: the share of the network's width that the image takes, from the left.

    Returns:
        (left, right) for each character, in pixels from the image's left edge, with
        0 <= left < right <= width.
    """
    scale = width / (steps * filled)
    # Where the last step of the image begins; none may begin later, or nothing would be left of it.
    last = max(0.0, width - scale)
    return [
        (min(left * scale, last), min(right * scale, float(width)))
        for left, right in _reaches(emissions, steps)
    ]


def _reaches(emissions: Sequence[Emission], steps: int) -> list[tuple[float, float]]:
    """Place characters as `spans` says, in steps."""
    if len(emissions) == 1:
        return [(float(emissions[0].start), float(emissions[0].stop))]
    middles = [(e.start + e.stop) / 2 for e in emissions]
    between = [(a + b) / 2 for a, b in itertools.pairwise(middles)]
    if not between:
        return []
    first = max(0.0, 2 * middles[0] - between[0])
    last = min(float(steps), 2 * middles[-1] - between[-1])
    return list(itertools.pairwise([first, *between, last]))


def read(
    logits: npt.NDArray[np.floating],
    characters: str,
    *,
    width: int,
    height: int,
    filled: float = 1.0,
    output: Output = CTC,
    left_to_right: bool = True,
    alternatives: int = 3,
) -> Prediction:
    """Decode one image's logits into a reading with confidences and spans.

    Args:
        logits: shape (T, C), C = len(characters) + 1, class 0 the blank.
        characters: the vocabulary in the order of its ids.
        width: of the original image, in pixels.
        height: likewise.
        filled: the share of the network's width that the image takes, from the left.
        output: what the steps mean.
        left_to_right: whether time steps follow the image from left to right; without, no spans.
        alternatives: how many other characters to name for each place.
    """
    probabilities = softmax(logits)
    emissions = output.emissions(probabilities)
    places: Sequence[tuple[float | None, float | None]] = (
        spans(emissions, len(logits), width, filled)
        if left_to_right
        else [(None, None)] * len(emissions)
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
    return Prediction(
        text="".join(c.text for c in found),
        confidence=float(np.prod([c.confidence for c in found]))
        * output.silence(probabilities, emissions),
        characters=tuple(found),
        width=width,
        height=height,
    )
