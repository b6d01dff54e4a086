"""A search for the likeliest text, over all the paths that spell it."""

import heapq
import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np

from captcha_model.decoding.best_path import BEAM_WIDTH, Floats, Ids
from captcha_model.decoding.constraints import Constraint
from captcha_model.decoding.lattices import ctc
from captcha_model.vocabulary import BLANK

NEGLIGIBLE = 1e-4  # A character below this probability starts no new prefix at that step.
_HALF = math.log(0.5)
_LEAST = 1e-30  # So that no step ends all prefixes.

_Prefixes: TypeAlias = dict[Ids, tuple[float, float]]
_NONE = (0.0, 0.0)


def likelier_texts(
    log_probabilities: Floats,
    texts: Sequence[Ids],
    chances: Floats,
    constraint: Constraint | None,
    width: int,
) -> dict[int, Ids]:
    """Search where the best path's text may not be read, or another one may be likelier.

    A text with more than half of the probability is the likeliest there is. Of what the search
    finds, and the best path's text, the exact probabilities decide.

    Args:
        log_probabilities: shape (N, T, C).
        texts: of the best paths.
        chances: the logarithms of their probabilities, shape (N,).
        constraint: which texts may be read; all, if there is none.
        width: of the search; with 0 there is none where the best path's text may be read.

    Returns:
        Other texts by the images' numbers.
    """
    likelier: dict[int, Ids] = {}
    for n, (text, chance) in enumerate(zip(texts, chances.tolist(), strict=True)):
        fits = constraint is None or constraint.allows(text)
        if fits and (width == 0 or chance > _HALF):
            continue
        probabilities = np.exp(log_probabilities[n])
        found = beam_search(probabilities, max(1, width), constraint)
        # Where the steps are few, only characters that seemed negligible may fit in them.
        found = found or beam_search(probabilities, max(BEAM_WIDTH, width), constraint, 0.0)
        found += [text] if fits else []
        # Where no text that may be read can be spelled, only the empty one is left.
        found = found or [()]
        rows = np.broadcast_to(log_probabilities[n], (len(found), *log_probabilities.shape[1:]))
        best = found[int(np.argmax(ctc.log_probability(rows, found)))]
        if best != text:
            likelier[n] = best
    return likelier


def beam_search(
    probabilities: Floats,
    width: int = BEAM_WIDTH,
    constraint: Constraint | None = None,
    negligible: float = NEGLIGIBLE,
) -> list[Ids]:
    """Find the likeliest texts of one image, over all the paths that spell them.

    The best single path misleads where a network hesitates between two steps for one character:
    each of them alone loses to the blank, or both are taken. Summing over paths settles both
    (prefix beam search; Graves and Jaitly, 2014; Hannun et al., 2014).

    What the constraint excludes is never a prefix. Prefixes of different lengths do not compete
    where the length matters, so that a likelier short one cannot push out what must become long.

    Args:
        probabilities: shape (T, C), rows that sum to 1; class 0 is the blank.
        width: how many prefixes are kept at every step, of every length that matters.
        constraint: which texts may be read; all, if there is none.
        negligible: a character below this probability starts no new prefix at that step, but for
            the likeliest that the constraint allows.

    Returns:
        Up to `width` texts of every length that matters, the likeliest first.
    """
    counts = constraint.counts if constraint else 0
    longest = constraint.longest if constraint else None
    starts = _starts(probabilities, constraint, negligible)
    # One beam for every number of characters so far.
    beams = [_Beam(0.0, {(): (1.0, 0.0)})]
    for row, places in zip(np.maximum(probabilities, _LEAST).tolist(), starts, strict=True):
        grown = []
        coming: _Beam | None = None  # From the beam of one character fewer.
        for count, beam in enumerate(beams):
            same: _Prefixes = {}
            longer: _Prefixes = same if count == counts else {}
            begin = [] if count == longest else places[min(count, len(places) - 1)]
            _grow(beam.prefixes, row, begin, same, longer, width)
            stays = _Beam(beam.level, same)
            grown.append(stays.merged(coming) if coming else stays)
            coming = _Beam(beam.level, longer) if longer and longer is not same else None
        if coming:
            grown.append(coming)
        beams = [beam.best(width) for beam in grown]
    found = [
        (beam.level + math.log(blank + last), prefix)
        for beam in beams
        for prefix, (blank, last) in beam.prefixes.items()
        if blank + last > 0 and (constraint is None or constraint.allows_length(len(prefix)))
    ]
    return [prefix for _, prefix in sorted(found, key=lambda item: -item[0])]


class _Beam(NamedTuple):
    """Prefixes with as many characters, where that matters.

    Attributes:
        level: the logarithm of what their probabilities are to be multiplied by. Each beam has its
            own, because a text that must be long may be less likely than the least number there is.
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
        """Keep the likeliest, and keep numbers far from the largest and the least there are."""
        prefixes = self.prefixes
        if len(prefixes) > width:
            prefixes = dict(heapq.nlargest(width, prefixes.items(), key=lambda item: sum(item[1])))
        most = max(map(sum, prefixes.values()), default=0.0)
        if 1e-100 < most < 1e100 or most == 0.0:
            return _Beam(self.level, prefixes)
        scaled = {prefix: (b / most, e / most) for prefix, (b, e) in prefixes.items()}
        return _Beam(self.level + math.log(most), scaled)


def _grow(
    prefixes: _Prefixes,
    row: list[float],
    starts: list[int],
    same: _Prefixes,
    longer: _Prefixes,
    width: int,
) -> None:
    """Take one step: prefixes stay what they are, or one of some characters is begun.

    Where longer prefixes compete with those that stay, what could not be among the best `width` is
    not begun. Where a network knows nothing that is most of all that there is.
    """
    silence = row[BLANK]
    grown: dict[Ids, set[int]] = {}  # By which characters prefixes become others that are there.
    for prefix, (blank, last) in prefixes.items():
        repeat = 0.0
        if prefix:
            repeat = last * row[prefix[-1]]
            grown.setdefault(prefix[:-1], set()).add(prefix[-1])
        same[prefix] = ((blank + last) * silence, repeat)
    least = 0.0
    if longer is same and len(same) >= width:
        least = heapq.nlargest(width, map(sum, same.values()))[-1]
    for prefix, (blank, last) in prefixes.items():
        both = blank + last
        there = grown.get(prefix, ())
        for i in starts:
            # The same character once more is a new one only after a blank.
            begun_with = (blank if prefix and prefix[-1] == i else both) * row[i]
            if begun_with > least or (begun_with > 0 and i in there):
                begun = (*prefix, i)
                old_blank, old_last = longer.get(begun, _NONE)
                longer[begun] = (old_blank, old_last + begun_with)


def _starts(
    probabilities: Floats, constraint: Constraint | None, negligible: float
) -> Iterator[list[list[int]]]:
    """Yield, for every step, which characters may begin in each place that the constraint names."""
    for step in probabilities:
        if constraint is None:
            masks = step[None] > negligible
        else:
            masks = constraint.allowed & (step > negligible)
            likeliest = np.where(constraint.allowed, step, -1.0).argmax(axis=1)
            masks[np.arange(len(masks)), likeliest] = True
        masks[:, BLANK] = False
        yield [mask.nonzero()[0].tolist() for mask in masks]
