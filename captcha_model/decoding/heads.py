"""The two kinds of output head that a network can have, behind one interface.

- `CTC`: the steps are time steps, with a blank where no character is emitted; the text is the one
  with the highest probability over all its alignments.
- `FIXED`: the steps are positions of the text, with class 0 behind its end; the text has the most
  likely class of every position.

For both, the logits of an image have shape (T, C), and class 0 means "no character".
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
    """What the steps of a network's output mean.

    In all methods `log_probabilities` are those of the classes at each step, shape (N, T, C).

    Attributes:
        name: "ctc" or "fixed".
    """

    name: str

    def search(
        self, log_probabilities: Floats, constraint: Constraint | None, beam_width: int
    ) -> list[Ids]:
        """Return the most likely allowed texts of N images, as ids from 1."""
        ...

    def decode(
        self, log_probabilities: Floats, constraint: Constraint | None, beam_width: int
    ) -> tuple[list[Ids], Neighbours]:
        """Return the texts as `search` does, and their neighbours."""
        ...

    def log_probability(self, log_probabilities: Floats, texts: Sequence[Sequence[int]]) -> Floats:
        """Return the log-probabilities of N texts: shape (N,)."""
        ...

    def log_partition(self, log_probabilities: Floats, constraint: Constraint) -> Floats:
        """Return the log-probabilities that the texts are allowed ones: shape (N,)."""
        ...

    def neighbours(self, log_probabilities: Floats, texts: Sequence[Sequence[int]]) -> Neighbours:
        """Return the probabilities of N texts and of all texts one edit away from them."""
        ...

    def before_shown(self, log_probabilities: Floats, texts: Sequence[Sequence[int]]) -> Neighbours:
        """Return the neighbours that `shown` takes, each class by itself."""
        ...

    def shown(self, texts: list[Ids], found: Neighbours) -> tuple[list[Ids], Neighbours]:
        """Return N texts and their neighbours, of several views together, in the case to show."""
        ...

    def needed_steps(self, label: str) -> int:
        """Return the least number of steps that a label needs."""
        ...

    def options_for(self, longest: int) -> dict[str, int]:
        """Return the network options that follow from the length of the longest label."""
        ...

    def target_width(self, steps: int, longest: int) -> int:
        """Return the number of ids in a row of targets, which are padded with 0."""
        ...


class Ctc:
    """Connectionist temporal classification (Graves et al., 2006), with the blank as class 0."""

    name = "ctc"
    log_probability = staticmethod(ctc.log_probability)
    log_partition = staticmethod(partition.ctc)
    neighbours = before_shown = staticmethod(ctc.neighbours)

    def search(
        self, log_probabilities: Floats, constraint: Constraint | None, beam_width: int
    ) -> list[Ids]:
        """Return the best path's text, or a more likely one that beam search finds.

        Args:
            log_probabilities: shape (N, T, C).
            constraint: the allowed texts; None allows all.
            beam_width: the number of prefixes that the search keeps. With 0 the best path decides,
                unless the constraint excludes its text.
        """
        texts = best_paths(log_probabilities)
        known = self.log_probability(log_probabilities, texts)
        better = likelier_texts(log_probabilities, texts, known, constraint, beam_width)
        return [better.get(n, text) for n, text in enumerate(texts)]

    def decode(
        self, log_probabilities: Floats, constraint: Constraint | None, beam_width: int
    ) -> tuple[list[Ids], Neighbours]:
        """Return the texts as `search` does, and their neighbours."""
        texts = best_paths(log_probabilities)
        found = self.neighbours(log_probabilities, texts)
        better = likelier_texts(log_probabilities, texts, found.text, constraint, beam_width)
        if better:
            rows = list(better)
            others = self.neighbours(log_probabilities[rows], list(better.values()))
            found = found.with_rows(rows, others)
        return [better.get(n, text) for n, text in enumerate(texts)], found

    def shown(self, texts: list[Ids], found: Neighbours) -> tuple[list[Ids], Neighbours]:
        """Return both as they are."""
        return texts, found

    def needed_steps(self, label: str) -> int:
        """Return the length of a label plus its adjacent repeats, which need a blank between.

        With fewer steps no path spells the label, and its loss is not defined.
        """
        return len(label) + sum(a == b for a, b in itertools.pairwise(label))

    def options_for(self, longest: int) -> dict[str, int]:  # noqa: ARG002
        """Return no options: the width of the image decides the number of steps."""
        return {}

    def target_width(self, steps: int, longest: int) -> int:  # noqa: ARG002
        """Return the length of the longest label."""
        return longest


class Fixed:
    """One step for every position of the text; class 0 behind its end."""

    name = "fixed"
    log_probability = staticmethod(fixed.log_probability)
    log_partition = staticmethod(partition.fixed)
    neighbours = before_shown = staticmethod(fixed.neighbours)

    def search(
        self,
        log_probabilities: Floats,
        constraint: Constraint | None,
        beam_width: int,  # noqa: ARG002
    ) -> list[Ids]:
        """Return the texts with the most likely class of every position that are allowed."""
        return best_positions(log_probabilities, constraint)

    def decode(
        self, log_probabilities: Floats, constraint: Constraint | None, beam_width: int
    ) -> tuple[list[Ids], Neighbours]:
        """Return the texts as `search` does, and their neighbours."""
        texts = self.search(log_probabilities, constraint, beam_width)
        return texts, self.neighbours(log_probabilities, texts)

    def shown(self, texts: list[Ids], found: Neighbours) -> tuple[list[Ids], Neighbours]:
        """Return both as they are."""
        return texts, found

    def needed_steps(self, label: str) -> int:
        """Return the length of a label."""
        return len(label)

    def options_for(self, longest: int) -> dict[str, int]:
        """Return the number of positions; the option's name is part of saved models."""
        return {"places": longest}

    def target_width(self, steps: int, longest: int) -> int:  # noqa: ARG002
        """Return the number of positions: every one has a target."""
        return steps


CTC, FIXED = Ctc(), Fixed()


def decode_texts(
    logits: npt.NDArray[np.floating],
    characters: str,
    output: OutputHead,
    beam_width: int = BEAM_WIDTH,
) -> list[str]:
    """Decode logits to texts, without confidences or spans.

    Args:
        logits: shape (N, T, C).
        characters: the vocabulary in the order of its ids.
        output: the output head of the network.
        beam_width: the number of prefixes that the search keeps; 0 takes the best path.
    """
    found = output.search(log_softmax(logits), None, beam_width)
    return [to_text(ids, characters) for ids in found]
