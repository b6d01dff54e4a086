"""Prefix beam search: the most likely text over all the alignments that spell it."""

import heapq
import math
import sys
from collections.abc import Iterator, Sequence
from functools import reduce
from typing import NamedTuple, TypeAlias

import numpy as np

from captcha_model._utils import native
from captcha_model.decoding.best_path import BEAM_WIDTH, Floats, Ids
from captcha_model.decoding.constraints import Constraint
from captcha_model.decoding.lattices import ctc
from captcha_model.vocabulary import BLANK

_NEARLY = 0.25  # Of the most likely character: a doubled one has up to three times fewer paths.
NEGLIGIBLE = 1e-4  # At a step, a character below this probability starts no new prefix.
LOG_HALF = math.log(0.5)
_LEAST = 1e-30  # The least probability of a class, so that no step ends all prefixes.

_Prefixes: TypeAlias = dict[Ids, tuple[float, float]]
# For a state, the states that some characters lead to, each with these characters.
_Begins: TypeAlias = list[tuple[int, list[int]]]
_NONE = (0.0, 0.0)


def likelier_texts(
    log_probabilities: Floats,
    texts: Sequence[Ids],
    log_text_probabilities: Floats,
    constraint: Constraint | None,
    width: int,
) -> dict[int, Ids]:
    """Search for a text where the best path's is not allowed or another may be more likely.

    A text with more than half of the probability is the most likely one, and is not searched for.
    Among the texts that a search finds and the best path's text, the exact probabilities decide.

    Args:
        log_probabilities: shape (N, T, C).
        texts: N texts of the best paths.
        log_text_probabilities: their log-probabilities, shape (N,).
        constraint: the allowed texts; None allows all.
        width: of the search. With 0 there is no search where the best path's text is allowed.

    Returns:
        The texts that replace the best path's, by the number of the image.
    """
    likelier: dict[int, Ids] = {}
    known = zip(texts, log_text_probabilities.tolist(), strict=True)
    for n, (text, log_probability) in enumerate(known):
        allowed = constraint is None or constraint.allows(text)
        if allowed and (width == 0 or log_probability > LOG_HALF):
            continue
        found = allowed_texts(np.exp(log_probabilities[n]), width, constraint)
        found += [text] if allowed else []
        # The steps may be too few for every allowed text: then the text is empty.
        found = found or [()]
        rows = np.broadcast_to(log_probabilities[n], (len(found), *log_probabilities.shape[1:]))
        best = found[int(np.argmax(ctc.log_probability(rows, found)))]
        if best != text:
            likelier[n] = best
    return likelier


def allowed_texts(probabilities: Floats, width: int, constraint: Constraint | None) -> list[Ids]:
    """Find the most likely texts of one image; none only if no allowed text fits in the steps.

    Args:
        probabilities: shape (T, C).
        width: of the search, at least 1 of which is used.
        constraint: the allowed texts; None allows all.
    """
    found = beam_search(probabilities, max(1, width), constraint)
    # Where there are few steps, only characters that seemed negligible may fit in them.
    return found or beam_search(probabilities, max(BEAM_WIDTH, width), constraint, 0.0)


def beam_search(
    probabilities: Floats,
    width: int = BEAM_WIDTH,
    constraint: Constraint | None = None,
    negligible: float = NEGLIGIBLE,
) -> list[Ids]:
    """Find the most likely texts of one image, over all the paths that spell them.

    The best single path misleads where a network hesitates between two steps for one character:
    each of them alone loses to the blank, or both are taken. The sum over paths decides both cases
    rightly (prefix beam search; Graves and Jaitly, 2014; Hannun et al., 2014).

    A prefix that begins no allowed text is never kept. Prefixes in different states of the
    constraint's automaton do not compete, so that a more likely one cannot displace the only one
    that leads to an allowed text.

    Args:
        probabilities: shape (T, C), rows that sum to 1; class 0 is the blank.
        width: the number of prefixes that are kept at every step, for each state. Where there are
            more than T + 1 states, they share what T + 1 would have, but keep at least one each.
        constraint: the allowed texts; None allows all.
        negligible: at a step, a character below this probability starts no new prefix, except for
            those that lead from a state to another and are nearly as likely as the most likely
            one of them.

    Returns:
        Up to `width` texts for each accepting state, the most likely first.
    """
    if native.core and 1 <= width <= sys.maxsize:
        rows = np.ascontiguousarray(probabilities, np.float64)
        if constraint is None:
            return native.core.beam_search(rows, width, negligible)
        arrays = constraint.automaton.arrays
        return native.core.allowed_search(rows, width, negligible, _NEARLY, *arrays)
    begins = _begins(probabilities, constraint, negligible)
    beams = {0: _Beam(0.0, {(): (1.0, 0.0)})}
    for row, begin in zip(np.maximum(probabilities, _LEAST).tolist(), begins, strict=True):
        grown: dict[int, list[_Beam]] = {}
        for state, beam in beams.items():
            for target, prefixes in _grow(beam.prefixes, row, state, begin[state], width).items():
                grown.setdefault(target, []).append(_Beam(beam.level, prefixes))
        # A text of T steps has T + 1 lengths, so only patterns with alternatives get less.
        kept = max(1, min(width, width * (len(probabilities) + 1) // len(grown)))
        beams = {state: reduce(_Beam.merged, parts).best(kept) for state, parts in grown.items()}
    accepting = constraint.automaton.accepting if constraint else [True]
    found = [
        (beam.level + math.log(blank + last), prefix)
        for state, beam in beams.items()
        if accepting[state]
        for prefix, (blank, last) in beam.prefixes.items()
        if blank + last > 0
    ]
    return [prefix for _, prefix in sorted(found, key=lambda item: -item[0])]


class _Beam(NamedTuple):
    """The prefixes in one state.

    Attributes:
        level: the logarithm of a factor that all their probabilities are multiplied by. Each beam
            has its own, because an unlikely prefix may be less likely than the least float.
        prefixes: each with the probability of all paths to it that end in a blank, and of those
            that end in its last id.
    """

    level: float
    prefixes: _Prefixes

    def merged(self, other: "_Beam") -> "_Beam":
        """Add the probabilities of another beam."""
        level = max(self.level, other.level)
        merged: _Prefixes = {}
        for part in (self, other):
            factor = math.exp(part.level - level)
            for prefix, (blank, last) in part.prefixes.items():
                old_blank, old_last = merged.get(prefix, _NONE)
                merged[prefix] = (old_blank + factor * blank, old_last + factor * last)
        return _Beam(level, merged)

    def best(self, width: int) -> "_Beam":
        """Keep the most likely prefixes, with probabilities that a float can hold."""
        prefixes = self.prefixes
        if len(prefixes) > width:
            prefixes = dict(heapq.nlargest(width, prefixes.items(), key=lambda item: sum(item[1])))
        most = max(map(sum, prefixes.values()), default=0.0)
        if 1e-100 < most < 1e100 or most == 0.0:
            return _Beam(self.level, prefixes)
        scaled = {prefix: (b / most, e / most) for prefix, (b, e) in prefixes.items()}
        return _Beam(self.level + math.log(most), scaled)


def _grow(
    prefixes: _Prefixes, row: list[float], state: int, begin: _Begins, width: int
) -> dict[int, _Prefixes]:
    """Take one step: prefixes stay what they are, or one of some characters begins.

    Where longer prefixes stay in the same state, those that could not be among the best `width` of
    it do not begin. If the network knows nothing, these are most of all prefixes.

    Returns:
        The prefixes by their states.
    """
    blank_probability = row[BLANK]
    known: dict[Ids, set[int]] = {}  # The characters that turn a prefix into another one here.
    same: _Prefixes = {}
    for prefix, (blank, last) in prefixes.items():
        repeat = 0.0
        if prefix:
            repeat = last * row[prefix[-1]]
            known.setdefault(prefix[:-1], set()).add(prefix[-1])
        same[prefix] = ((blank + last) * blank_probability, repeat)
    grown = {state: same}
    for target, characters in begin:
        longer = same if target == state else {}
        least = 0.0
        if longer is same and len(same) >= width:
            least = heapq.nlargest(width, map(sum, same.values()))[-1]
        for prefix, (blank, last) in prefixes.items():
            both = blank + last
            there = known.get(prefix, ())
            for i in characters:
                # The same character once more is a new one only after a blank.
                begun_with = (blank if prefix and prefix[-1] == i else both) * row[i]
                if begun_with > least or (begun_with > 0 and i in there):
                    begun = (*prefix, i)
                    old_blank, old_last = longer.get(begun, _NONE)
                    longer[begun] = (old_blank, old_last + begun_with)
        if longer:
            grown[target] = longer
    return grown


def _begins(
    probabilities: Floats, constraint: Constraint | None, negligible: float
) -> Iterator[list[_Begins]]:
    """Yield, for every step, the characters that may begin in each state, by the next state."""
    if constraint is None:
        edges = [[(0, 0)]]
        rows = np.ones((1, probabilities.shape[1]), np.bool_)
        rows[0, BLANK] = False
    else:
        edges = [[] for _ in constraint.automaton.transitions]
        for source, target, row in constraint.automaton.edges:
            edges[source].append((target, row))
        rows = constraint.automaton.rows
    for step in probabilities:
        masks = rows & (step > negligible)
        if constraint is not None and len(rows):
            most = np.where(rows, step, -1.0).max(axis=1, keepdims=True)
            masks |= rows & (step >= _NEARLY * most)
        characters = [mask.nonzero()[0].tolist() for mask in masks]
        yield [[(target, characters[row]) for target, row in outgoing] for outgoing in edges]
