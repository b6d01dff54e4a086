"""The two kinds of output that a network can have, behind one interface.

- `CTC`: a step is a moment, with a blank where nothing is emitted; the text is the one that all
  its alignments together make the likeliest.
- `FIXED`: a step is a place of the text, with class 0 where the text is shorter; the text is the
  best class of every place.

In both, logits have shape (T, C) for an image and class 0 means "no character".
"""

import itertools
from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from captcha_model.decoding.beam_search import likelier_texts
from captcha_model.decoding.best_path import (
    BEAM_WIDTH,
    Floats,
    Ids,
    best_paths,
    best_positions,
    log_softmax,
    to_text,
)
from captcha_model.decoding.constraints import Constraint
from captcha_model.decoding.lattices import Neighbours, ctc, fixed, partition


class OutputHead(Protocol):
    """What a network's steps mean.

    All that it is given of images are the log-probabilities of their classes, (N, T, C).
    """

    name: str

    def search(
        self, log_probabilities: Floats, constraint: Constraint | None, beam_width: int
    ) -> list[Ids]:
        """Return N texts that may be read, as ids from 1."""
        ...

    def decode(
        self, log_probabilities: Floats, constraint: Constraint | None, beam_width: int
    ) -> tuple[list[Ids], Neighbours]:
        """Return what `search` does, and the neighbours of the texts."""
        ...

    def log_probability(self, log_probabilities: Floats, texts: Sequence[Sequence[int]]) -> Floats:
        """Return the logarithms of N texts' probabilities: shape (N,)."""
        ...

    def log_partition(self, log_probabilities: Floats, constraint: Constraint) -> Floats:
        """Return the logarithms of the probability that a text is one that may be read: (N,)."""
        ...

    def neighbours(self, log_probabilities: Floats, texts: Sequence[Sequence[int]]) -> Neighbours:
        """Return the probabilities of N texts and of all that are one edit away."""
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
    log_probability = staticmethod(ctc.log_probability)
    log_partition = staticmethod(partition.ctc)
    neighbours = staticmethod(ctc.neighbours)

    def search(
        self, log_probabilities: Floats, constraint: Constraint | None, beam_width: int
    ) -> list[Ids]:
        """Take the best path's text where nothing can be likelier, else search for one.

        Args:
            log_probabilities: shape (N, T, C).
            constraint: which texts may be read; all, if there is none.
            beam_width: of the prefix beam search; with 0 the best path is all, unless a constraint
                excludes it.
        """
        texts = best_paths(log_probabilities)
        chances = self.log_probability(log_probabilities, texts)
        better = likelier_texts(log_probabilities, texts, chances, constraint, beam_width)
        return [better.get(n, text) for n, text in enumerate(texts)]

    def decode(
        self, log_probabilities: Floats, constraint: Constraint | None, beam_width: int
    ) -> tuple[list[Ids], Neighbours]:
        """Do what `search` does, with the neighbours of the texts in the same go."""
        texts = best_paths(log_probabilities)
        found = self.neighbours(log_probabilities, texts)
        better = likelier_texts(log_probabilities, texts, found.text, constraint, beam_width)
        if better:
            rows = list(better)
            others = self.neighbours(log_probabilities[rows], list(better.values()))
            found = found.with_rows(rows, others)
        return [better.get(n, text) for n, text in enumerate(texts)], found

    def needed_steps(self, label: str) -> int:
        """Return a label's length plus its adjacent repeats, between which a blank must stand.

        With fewer steps no path spells it, and there is no loss.
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
    log_probability = staticmethod(fixed.log_probability)
    log_partition = staticmethod(partition.fixed)
    neighbours = staticmethod(fixed.neighbours)

    def search(
        self,
        log_probabilities: Floats,
        constraint: Constraint | None,
        beam_width: int,  # noqa: ARG002
    ) -> list[Ids]:
        """Take the best class of every place, or the best ones that the constraint allows."""
        return best_positions(log_probabilities, constraint)

    def decode(
        self, log_probabilities: Floats, constraint: Constraint | None, beam_width: int
    ) -> tuple[list[Ids], Neighbours]:
        """Do what `search` does, and return the neighbours of the texts too."""
        texts = self.search(log_probabilities, constraint, beam_width)
        return texts, self.neighbours(log_probabilities, texts)

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


def decode_texts(
    logits: npt.NDArray[np.floating],
    characters: str,
    output: OutputHead,
    beam_width: int = BEAM_WIDTH,
) -> list[str]:
    """Decode a batch of shape (N, T, C) to texts, without confidences or positions."""
    found = output.search(log_softmax(logits), None, beam_width)
    return [to_text(ids, characters) for ids in found]
