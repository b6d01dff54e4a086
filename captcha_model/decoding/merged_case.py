"""Reading without regard to case: the two cases of a letter are one character.

The probability of a text in any case is the sum of those of all texts that differ from it in case
only. It is as exact as everything in `captcha_model.decoding.posterior`, and never less than that
of one of these texts. A letter is still one class, that of its case which is shown.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from captcha_model.decoding.automaton import Integers
from captcha_model.decoding.beam_search import LOG_HALF, allowed_texts
from captcha_model.decoding.best_path import Floats, Ids, best_paths, best_positions
from captcha_model.decoding.constraints import Constraint
from captcha_model.decoding.heads import OutputHead
from captcha_model.decoding.lattices import LOG_ZERO, Neighbours, case_ctc, case_fixed, pad
from captcha_model.decoding.letter_case import Case, case_pairs
from captcha_model.vocabulary import BLANK

_LATTICES = {"ctc": case_ctc, "fixed": case_fixed}


def head_in_case(head: OutputHead, characters: str, case: Case) -> OutputHead:
    """Return an output head that treats the case of letters as asked.

    Args:
        head: the output head of the network.
        characters: the vocabulary in the order of its ids.
        case: "keep" changes nothing, nor does any other where no letter has both cases.
    """
    pairs = () if case == "keep" else case_pairs(characters)
    return MergedCase(head, len(characters) + 1, pairs, case) if pairs else head


class MergedCase:
    """An output head for which the two cases of a letter are one character.

    It takes the log-probabilities of all classes, shape (N, T, C), and texts in any case. A
    constraint must allow all texts that differ in case only, or none of them. In its `Neighbours` a
    letter has its probability in the class of the case that is shown, and 0 in the other one.

    Attributes:
        cases: the classes of the two cases (lower, upper) of each class, shape (C, 2). A class
            without another case has itself and 0.

    Args:
        head: the output head of the network.
        classes: the number C of classes.
        pairs: the classes (lower, upper) of the letters that have both cases.
        case: the case that is shown. With "ignore" it is the likelier one in its position, given
            all other characters in any case.
    """

    def __init__(
        self, head: OutputHead, classes: int, pairs: Sequence[tuple[int, int]], case: Case
    ) -> None:
        self.name = head.name
        self.log_partition = head.log_partition
        self.needed_steps = head.needed_steps
        self.options_for = head.options_for
        self.target_width = head.target_width
        self._lattice = _LATTICES[head.name]
        self._lower, self._upper = np.array(pairs, np.intp).T
        self._case = case
        self.cases: Integers = np.zeros((classes, 2), np.intp)
        self.cases[:, 0] = np.arange(classes)
        for column in (self._lower, self._upper):
            self.cases[column] = pairs

    def search(
        self, log_probabilities: Floats, constraint: Constraint | None, beam_width: int
    ) -> list[Ids]:
        """Return the most likely allowed texts of N images, each with the sum over its cases."""
        if self._case == "ignore":  # Only the neighbours tell which case is the likelier one.
            return self.decode(log_probabilities, constraint, beam_width)[0]
        ids, _ = pad(self._likeliest(log_probabilities, constraint, beam_width))
        return _texts(self._shown(ids))

    def decode(
        self, log_probabilities: Floats, constraint: Constraint | None, beam_width: int
    ) -> tuple[list[Ids], Neighbours]:
        """Return the texts as `search` does, and their neighbours."""
        texts = self._likeliest(log_probabilities, constraint, beam_width)
        return self._with_neighbours(log_probabilities, texts)

    def log_probability(self, log_probabilities: Floats, texts: Sequence[Sequence[int]]) -> Floats:
        """Return the log-probabilities of N texts in any case: shape (N,)."""
        return self._lattice.log_probability(log_probabilities, pad(texts)[0], self.cases)

    def neighbours(self, log_probabilities: Floats, texts: Sequence[Sequence[int]]) -> Neighbours:
        """Return the probabilities of N texts and of all texts one edit away, in any case."""
        return self._with_neighbours(log_probabilities, texts)[1]

    def before_shown(self, log_probabilities: Floats, texts: Sequence[Sequence[int]]) -> Neighbours:
        """Return the neighbours with the probability of each case of a letter in its own class."""
        return self._lattice.neighbours(log_probabilities, pad(texts)[0], self.cases)

    def shown(self, texts: list[Ids], found: Neighbours) -> tuple[list[Ids], Neighbours]:
        """Return N texts in the case to show, and neighbours with all of a letter in that case."""
        ids = self._shown(pad(texts)[0], found.substitutions)
        substitutions = self._merged(found.substitutions)
        # A substitution by the same letter is the text itself, without rounding.
        image, position = np.nonzero(ids)
        substitutions[image, position, ids[image, position]] = found.text[image]
        insertions = self._merged(found.insertions)
        return _texts(ids), replace(found, substitutions=substitutions, insertions=insertions)

    def _with_neighbours(
        self, log_probabilities: Floats, texts: Sequence[Sequence[int]]
    ) -> tuple[list[Ids], Neighbours]:
        found = self.before_shown(log_probabilities, texts)
        return self.shown([tuple(text) for text in texts], found)

    def _shown(self, ids: Integers, substitutions: Floats | None = None) -> Integers:
        """Return texts (N, L) in the case that is shown."""
        lower, upper = self.cases[ids].transpose(2, 0, 1)
        upper = np.where(upper > 0, upper, lower)
        if substitutions is None or self._case != "ignore":
            return upper if self._case == "upper" else lower
        image, position = np.arange(len(ids))[:, None], np.arange(ids.shape[1])
        likelier = substitutions[image, position, upper] > substitutions[image, position, lower]
        return np.where(likelier, upper, lower)

    def _merged(self, logarithms: Floats) -> Floats:
        """Return log-probabilities (..., C) with those of a letter in the case that is shown."""
        lower, upper = logarithms[..., self._lower], logarithms[..., self._upper]
        both = np.logaddexp(lower, upper)
        in_upper = upper > lower if self._case == "ignore" else self._case == "upper"
        merged = logarithms.copy()
        merged[..., self._lower] = np.where(in_upper, -np.inf, both)
        merged[..., self._upper] = np.where(in_upper, both, -np.inf)
        return merged

    def _likeliest(
        self, log_probabilities: Floats, constraint: Constraint | None, beam_width: int
    ) -> list[Ids]:
        """Return the most likely allowed texts of N images, with all letters in lower case.

        Candidates come from the classes as they are, and from letters merged at every step. Each
        misses texts that the other one finds: the first, those that are likely in all cases
        together only; the second, those where the two cases of a letter touch. Their exact
        probabilities decide.
        """
        merged = log_probabilities.copy()
        merged[..., self._lower] = np.logaddexp(merged[..., self._lower], merged[..., self._upper])
        merged[..., self._upper] = LOG_ZERO
        if self.name == "fixed":
            return best_positions(merged, constraint)
        candidates = [best_paths(merged), self._in_lower(best_paths(log_probabilities))]
        scores = np.array([self.log_probability(log_probabilities, each) for each in candidates])
        if constraint is not None:
            scores[
                [[not constraint.allows(text) for text in each] for each in candidates]
            ] = -np.inf
        likeliest = [candidates[k][n] for n, k in enumerate(scores.argmax(axis=0).tolist())]
        for n, score in enumerate(scores.max(axis=0).tolist()):
            if score > (LOG_HALF if beam_width else -np.inf):
                continue
            found = {likeliest[n]} if score > -np.inf else set()
            for image in (merged[n], log_probabilities[n]):
                found.update(self._in_lower(allowed_texts(np.exp(image), beam_width, constraint)))
            # The steps may be too few for every allowed text: then the text is empty.
            texts = sorted(found) or [()]
            rows = np.broadcast_to(log_probabilities[n], (len(texts), *merged.shape[1:]))
            likeliest[n] = texts[int(np.argmax(self.log_probability(rows, texts)))]
        return likeliest

    def _in_lower(self, texts: Sequence[Ids]) -> list[Ids]:
        return [tuple(self.cases[list(text), 0].tolist()) for text in texts]


def _texts(ids: Integers) -> list[Ids]:
    return [tuple(text[text != BLANK].tolist()) for text in ids]
