"""The two kinds of output that a network can have, behind one interface.

- `CTC`: a step is a moment, with a blank where nothing is emitted; the text is found by beam search
  over all alignments.
- `FIXED`: a step is a place of the text, with class 0 where the text is shorter; the text is the
  best class of every place.

In both, logits have shape (T, C) for an image and class 0 means "no character".
"""

import itertools
from collections.abc import Sequence
from typing import Protocol

import numpy as np

from captcha_model.decoding import Emission, Floats, beam_search, decode, softmax
from captcha_model.vocabulary import BLANK


class Output(Protocol):
    """What a network's steps mean."""

    name: str

    def emissions(self, probabilities: Floats) -> list[Emission]:
        """Decode one image's probabilities (T, C) to characters with their steps, in order."""
        ...

    def ids(self, probabilities: Floats) -> list[int]:
        """Decode one image's probabilities (T, C) to the ids of its text alone."""
        ...

    def silence(self, probabilities: Floats, emissions: Sequence[Emission]) -> float:
        """Return the probability that what emitted nothing is rightly silent."""
        ...

    def needed_steps(self, label: str) -> int:
        """Return how many steps a label needs at least."""
        ...

    def options_for(self, longest: int) -> dict[str, int]:
        """Return the options of the network that follow from the longest label's length."""
        ...

    def target_width(self, steps: int, longest: int) -> int:
        """Return how many ids a row of targets has, padded with 0."""
        ...


class Ctc:
    """Connectionist temporal classification (Graves et al., 2006), with the blank as class 0."""

    name = "ctc"

    def emissions(self, probabilities: Floats) -> list[Emission]:
        """Decode by prefix beam search, and align what it found."""
        return decode(probabilities)

    def ids(self, probabilities: Floats) -> list[int]:
        """Decode by prefix beam search."""
        return beam_search(probabilities)

    def silence(self, probabilities: Floats, emissions: Sequence[Emission]) -> float:
        """Return the product of the blanks where nothing was read; otherwise blanks do not count.

        Between two characters a blank is one of many alignments of the same text.
        """
        return 1.0 if emissions else float(np.prod(probabilities[:, BLANK]))

    def needed_steps(self, label: str) -> int:
        """Return a label's length plus its adjacent repeats, between which a blank must stand.

        With fewer steps the loss is meaningless, but TensorFlow gives a finite number and no error.
        """
        return len(label) + sum(a == b for a, b in itertools.pairwise(label))

    def options_for(self, longest: int) -> dict[str, int]:  # noqa: ARG002
        """Return nothing: the image's width decides the number of steps."""
        return {}

    def target_width(self, steps: int, longest: int) -> int:  # noqa: ARG002
        """Return the longest label's length."""
        return longest


class Fixed:
    """One step for every place of the text; class 0 where the text is shorter."""

    name = "fixed"

    def emissions(self, probabilities: Floats) -> list[Emission]:
        """Take the best class of every place."""
        best = np.argmax(probabilities, axis=-1).tolist()
        return [Emission(i, t, t + 1) for t, i in enumerate(best) if i != BLANK]

    def ids(self, probabilities: Floats) -> list[int]:
        """Take the best class of every place."""
        return [emission.id for emission in self.emissions(probabilities)]

    def silence(self, probabilities: Floats, emissions: Sequence[Emission]) -> float:
        """Return the product, over the places left empty, of their "no character"."""
        used = [emission.start for emission in emissions]
        return float(np.prod(np.delete(probabilities[:, BLANK], used)))

    def needed_steps(self, label: str) -> int:
        """Return a label's length."""
        return len(label)

    def options_for(self, longest: int) -> dict[str, int]:
        """Return the number of places."""
        return {"places": longest}

    def target_width(self, steps: int, longest: int) -> int:  # noqa: ARG002
        """Return the number of places: every one has a target."""
        return steps


CTC, FIXED = Ctc(), Fixed()


def decode_texts(logits: Floats, characters: str, output: Output) -> list[str]:
    """Decode a batch of shape (N, T, C) to texts, without confidences or positions."""
    return ["".join(characters[i - 1] for i in output.ids(softmax(image))) for image in logits]
