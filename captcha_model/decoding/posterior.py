"""How sure a network is of what was decoded, what else it could be, and where it stands.

Let P(text) be the probability of a text under the network: the sum over all alignments that spell
it, of the product of the softmax of the logits, which a temperature may have calibrated. It is what
training maximises: P = exp(-CTC loss). It is exact here, and so is all that follows from it:

- the confidence of a text is P(text), divided by the probability of all texts that may be read
  where something is known beforehand;
- the confidence of a character is P(text) divided by the sum, over all characters that may stand in
  its place, of P of the text with that character there: how sure it is, given the rest;
- its alternatives are those others, each with its share of the same sum;
- the runner-up is the most likely text that is one edit away, with its own P; so is, among the
  texts with a character more or less, the one of another length;
- a character begins and ends where it does in the mean over all alignments of the text.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from captcha_model.decoding.alternatives import in_places, other_texts, shares
from captcha_model.decoding.best_path import BEAM_WIDTH, Floats, log_softmax, to_text
from captcha_model.decoding.constraints import Constraint
from captcha_model.decoding.heads import CTC, OutputHead
from captcha_model.decoding.lattices import Neighbours
from captcha_model.decoding.spans import spans
from captcha_model.prediction import Character, Frame, Prediction

# Images are taken together as long as all that is computed of them is so many numbers at most. With
# more of them the memory for these is taken from the system anew each time, which takes longer.
_BATCH_NUMBERS = 2**20


@dataclass(frozen=True)
class Decoding:
    """How logits become readings.

    Attributes:
        output: what a network's steps mean.
        left_to_right: whether the steps follow the image from left to right; without, no spans.
        temperature: what the logits are divided by.
        constraint: which texts may be read; all, if there is none.
        beam_width: of the search; 0 takes the best path.
        alternatives: how many other characters to name for each place.
    """

    output: OutputHead = CTC
    left_to_right: bool = True
    temperature: float = 1.0
    constraint: Constraint | None = None
    beam_width: int = BEAM_WIDTH
    alternatives: int = 3

    def log_probabilities(self, logits: npt.NDArray[np.floating]) -> Floats:
        """Return the logarithms of the classes' probabilities, of the logits' shape."""
        allowed = self.constraint.anywhere if self.constraint else None
        return log_softmax(logits, allowed, self.temperature)


def read(
    logits: npt.NDArray[np.floating],
    characters: str,
    frames: Sequence[Frame],
    decoding: Decoding,
) -> list[Prediction]:
    """Decode the logits of images into readings with confidences and spans.

    Args:
        logits: shape (N, T, C), C = len(characters) + 1, class 0 the blank.
        characters: the vocabulary in the order of its ids.
        frames: N sizes of the original images.
        decoding: how.

    Raises:
        ConstraintError: T steps cannot hold what the constraint asks for.
    """
    _, steps, classes = logits.shape
    # A text has up to T characters, so its lattice has up to 2 T states at every step.
    size = max(1, _BATCH_NUMBERS // (8 * steps * (classes + steps)))
    readings: list[Prediction] = []
    for i in range(0, len(logits), size):
        readings += _read(logits[i : i + size], characters, frames[i : i + size], decoding)
    return readings


def _read(
    logits: npt.NDArray[np.floating],
    characters: str,
    frames: Sequence[Frame],
    decoding: Decoding,
) -> list[Prediction]:
    output, constraint = decoding.output, decoding.constraint
    constraint = constraint.within(logits.shape[1]) if constraint else None
    log_probabilities = decoding.log_probabilities(logits)
    texts, found = output.decode(log_probabilities, constraint, decoding.beam_width)
    mass = np.zeros(len(texts))
    if constraint:
        found = _only_allowed(found, constraint)
        mass = output.log_partition(log_probabilities, constraint)
        mass[np.isneginf(mass)] = np.inf  # Where no text may be read, none has a share.
    confidences = shares(found.text, mass).tolist()
    own, others = in_places(found, texts, decoding.alternatives, characters)
    runners_up, length_variants = other_texts(found, texts, mass, characters)
    places: Sequence[Sequence[tuple[float | None, float | None]]]
    if decoding.left_to_right:
        places = spans(found.begins, found.ends, found.lengths, logits.shape[1], frames)
    else:
        places = [[(None, None)] * len(text) for text in texts]
    readings = []
    for n, (text, frame, where) in enumerate(zip(texts, frames, places, strict=True)):
        read_text = to_text(text, characters)
        chosen = zip(read_text, own[n], where, others[n], strict=False)
        readings.append(
            Prediction(
                text=read_text,
                confidence=confidences[n],
                characters=tuple(Character(c, p, *span, rest) for c, p, span, rest in chosen),
                width=frame.width,
                height=frame.height,
                runner_up=runners_up[n],
                length_variant=length_variants[n],
            )
        )
    return readings


def _only_allowed(found: Neighbours, constraint: Constraint) -> Neighbours:
    """Return the neighbours without those that may not be read."""
    rows = constraint.rows(found.deletions.shape[1])
    longer = np.array([constraint.allows_length(k + 1) for k in found.lengths.tolist()])
    shorter = np.array([constraint.allows_length(k - 1) for k in found.lengths.tolist()])
    return replace(
        found,
        substitutions=np.where(rows, found.substitutions, -np.inf),
        insertions=np.where(longer[:, None, None], found.insertions, -np.inf),
        deletions=np.where(shorter[:, None], found.deletions, -np.inf),
    )
