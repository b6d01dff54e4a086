"""The lattice of all CTC alignments of a text whose letters may be in either case.

The probability of a text in any case is the sum over all texts that differ from it in case only.
It is not what CTC gives over classes that are merged at every step: the path "oO" spells the two
letters "oO", because its classes differ, but would spell one letter if they were one class. So each
character of the text has two states here, one for each case. A path stays in the state of a case,
and moves on from it to the blank or to the next character, but to the same letter only in its other
case. Everything is in logarithms; the compiled core has plain products for likely texts.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from captcha_model._utils import native
from captcha_model.decoding.lattices import _compiled
from captcha_model.decoding.lattices._neighbours import (
    LOG_ZERO,
    Floats,
    Integers,
    Neighbours,
    log_sum,
    reversed_texts,
    with_infinities,
)

_CASES = 2


@dataclass(frozen=True)
class _Sums:
    """The log-probabilities of parts of paths, before or after each step.

    Attributes:
        blanks: in the blank before each character and after the last one, (T + 1, L + 1, N).
        runs: in each case of each character, (T + 1, L, 2, N).
    """

    blanks: Floats
    runs: Floats


def log_probability(log_probabilities: Floats, ids: Integers, cases: Integers) -> Floats:
    """Return the log-probabilities of texts in any case: shape (N,).

    Args:
        log_probabilities: log-softmax of the logits, shape (N, T, C); class 0 is the blank.
        ids: the texts in any case, shape (N, L), padded with 0.
        cases: the two cases of each class, shape (C, 2); 0 for a case that it does not have.
    """
    if not native.core:
        return _log_probability(log_probabilities, ids, cases)
    lengths = np.count_nonzero(ids, axis=1)
    found, exact = _compiled.case_log_probability(
        native.core, log_probabilities, ids, lengths, cases
    )
    if not exact.all():
        found[~exact] = _log_probability(log_probabilities[~exact], ids[~exact], cases)
    return found


def _log_probability(log_probabilities: Floats, ids: Integers, cases: Integers) -> Floats:
    blank, own = _states(log_probabilities, ids, cases)
    sums = _forward(blank, own, _repeats(ids, cases))
    return with_infinities(_total_of(sums, np.count_nonzero(ids, axis=1)))


def neighbours(log_probabilities: Floats, ids: Integers, cases: Integers) -> Neighbours:
    """Return the probabilities of texts in any case, and of all texts one edit away.

    Args:
        log_probabilities: see `log_probability`.
        ids: see `log_probability`.
        cases: see `log_probability`.

    Returns:
        The new character of a substitution or an insertion is in the case that its class says, and
        all others are in any case.
    """
    if not native.core:
        return _neighbours(log_probabilities, ids, cases)
    lengths = np.count_nonzero(ids, axis=1)
    found, exact = _compiled.neighbours(native.core, log_probabilities, ids, lengths, cases)
    if exact.all():
        return found
    others = _neighbours(log_probabilities[~exact], ids[~exact], cases)
    return found.with_rows(np.flatnonzero(~exact).tolist(), others)


def _neighbours(log_probabilities: Floats, ids: Integers, cases: Integers) -> Neighbours:
    lengths = np.count_nonzero(ids, axis=1)
    blank, own = _states(log_probabilities, ids, cases)
    before = _forward(blank, own, _repeats(ids, cases))
    after = _backward(blank, own, ids, cases)
    total = _total_of(before, lengths)
    replaced, inserted = _with_character(log_probabilities, ids, cases, before, after)
    # The mean number of steps that a path spends in each state.
    in_blanks = before.blanks[1:] + after.blanks[:-1] - blank[:, None]
    in_runs = log_sum(before.runs[1:] + after.runs[:-1] - own, axis=2)
    spent = np.zeros((len(ids), 2 * ids.shape[1] + 1))
    for states, visits in ((slice(0, None, 2), in_blanks), (slice(1, None, 2), in_runs)):
        spent[:, states] = np.exp(np.minimum(visits - total, 0.0)).sum(axis=0).T
    spent = spent.cumsum(axis=1)
    return Neighbours.masked(
        lengths,
        total,
        substitutions=replaced,
        insertions=inserted,
        deletions=_deletions(ids, lengths, cases, before, after),
        begins=spent[:, :-1:2],
        ends=spent[:, 1::2],
    )


def _states(log_probabilities: Floats, ids: Integers, cases: Integers) -> tuple[Floats, Floats]:
    """Return the log-probabilities of the blank (T, N), and of the characters (T, L, 2, N)."""
    members = cases[ids]  # (N, L, 2)
    image = np.arange(len(ids))[:, None, None]
    own = log_probabilities.transpose(1, 0, 2)[:, image, members]
    own = np.where(members == 0, LOG_ZERO, own)
    return log_probabilities[..., 0].T, np.ascontiguousarray(own.transpose(0, 2, 3, 1))


def _repeats(ids: Integers, cases: Integers) -> npt.NDArray[np.bool_]:
    """Return which characters are the same letter as the one before: shape (L, 1, N)."""
    letters = cases[ids].max(axis=2)
    same = np.zeros(ids.shape, np.bool_)
    same[:, 1:] = letters[:, 1:] == letters[:, :-1]
    return same.T[:, None]


def _forward(blank: Floats, own: Floats, repeats: npt.NDArray[np.bool_]) -> _Sums:
    """Sum over the paths up to each step.

    Args:
        blank: shape (T, N).
        own: shape (T, L, 2, N).
        repeats: shape (L, 1, N).
    """
    steps, longest, _, count = own.shape
    blanks = np.full((steps + 1, longest + 1, count), LOG_ZERO)
    runs = np.full((steps + 1, longest, _CASES, count), LOG_ZERO)
    blanks[0, 0] = 0.0
    for t in range(steps):
        either = np.logaddexp(runs[t, :, 0], runs[t, :, 1])
        blanks[t + 1] = blanks[t]
        blanks[t + 1, 1:] = np.logaddexp(blanks[t, 1:], either)
        blanks[t + 1] += blank[t]
        ways = np.logaddexp(runs[t], blanks[t, :-1, None])
        touching = np.where(repeats[1:], runs[t, :-1, ::-1], either[:-1, None])
        ways[1:] = np.logaddexp(ways[1:], touching)
        runs[t + 1] = ways + own[t]
    return _Sums(blanks, runs)


def _backward(blank: Floats, own: Floats, ids: Integers, cases: Integers) -> _Sums:
    """Sum over the paths from each step on: `_forward` of the reversed texts, reversed."""
    count, longest = ids.shape
    lengths = np.count_nonzero(ids, axis=1)
    turned = lengths - 1 - np.arange(longest)[:, None]
    image = np.arange(count)
    # (T, L, 2, N); behind the end of a text, no path leads to the states.
    mirrored = own[::-1].transpose(0, 1, 3, 2)[:, np.maximum(turned, 0), image]
    mirrored = np.where(turned[..., None] < 0, LOG_ZERO, mirrored).transpose(0, 1, 3, 2)
    repeats = _repeats(reversed_texts(ids, lengths), cases)
    sums = _forward(blank[::-1], mirrored, repeats)
    gaps = lengths - np.arange(longest + 1)[:, None]
    blanks = sums.blanks[::-1][:, np.maximum(gaps, 0), image]
    runs = sums.runs[::-1].transpose(0, 1, 3, 2)[:, np.maximum(turned, 0), image]
    return _Sums(
        np.where(gaps < 0, LOG_ZERO, blanks),
        np.where(turned[..., None] < 0, LOG_ZERO, runs).transpose(0, 1, 3, 2),
    )


def _total_of(sums: _Sums, lengths: Integers) -> Floats:
    """Return the sum over the paths that end in the last character or the blank after it: (N,)."""
    image = np.arange(len(lengths))
    total: Floats = sums.blanks[-1, lengths, image]
    if sums.runs.shape[1]:
        last = np.logaddexp(sums.runs[-1, :, 0], sums.runs[-1, :, 1])[lengths - 1, image]
        total = np.where(lengths > 0, np.logaddexp(total, last), total)
    return total


def _with_character(
    log_probabilities: Floats, ids: Integers, cases: Integers, before: _Sums, after: _Sums
) -> tuple[Floats, Floats]:
    """Return the substitutions (N, L, C) and the insertions (N, L + 1, C).

    Both enter gap g, before the character of position g, from the same states and leave to
    different ones, as in `captcha_model.decoding.lattices._runs`.
    """
    classes = log_probabilities.shape[2]
    members = cases[ids].transpose(1, 0, 2)
    coming = np.repeat(before.blanks[:-1, ..., None], classes, axis=3)
    coming[:, 1:] = np.logaddexp(coming[:, 1:], _beside(before.runs[:-1], members, classes))
    leaving = np.repeat(after.blanks[1:, ..., None], classes, axis=3)
    leaving[:, :-1] = np.logaddexp(leaving[:, :-1], _beside(after.runs[1:], members, classes))
    runs = np.empty_like(coming)
    run = np.full(coming.shape[1:], LOG_ZERO)
    for t, p in enumerate(log_probabilities.transpose(1, 0, 2)):
        np.add(p, np.logaddexp(run, coming[t]), out=runs[t])
        run = runs[t]
    runs[..., 0] = LOG_ZERO  # The blank is not a character.
    inserted = log_sum(runs + leaving)
    # A substitution is followed by the blank behind its position.
    replaced = log_sum(runs[:, :-1] + leaving[:, 1:])
    return replaced.transpose(1, 0, 2), inserted.transpose(1, 0, 2)


def _beside(runs: Floats, members: Integers, classes: int) -> Floats:
    """Return the sum over the cases of characters that may touch each class: (T, L, N, C).

    Args:
        runs: shape (T, L, 2, N).
        members: the classes of the cases, shape (L, N, 2).
        classes: the number C of classes.
    """
    by_case = runs.transpose(0, 1, 3, 2)
    either = np.logaddexp(by_case[..., 0], by_case[..., 1])
    sums = np.repeat(either[..., None], classes, axis=3)
    position, image = np.arange(len(members))[:, None], np.arange(members.shape[1])
    for case in range(_CASES):
        # The same class beside itself would be one character. Its other case is another class.
        sums[:, position, image, members[..., case]] = by_case[..., 1 - case]
    return sums


def _deletions(
    ids: Integers, lengths: Integers, cases: Integers, before: _Sums, after: _Sums
) -> Floats:
    """Return the texts without the character of a position: shape (N, L)."""
    next_runs = np.full_like(after.runs, LOG_ZERO)
    next_runs[:, :-1] = after.runs[:, 1:]
    following = np.logaddexp(next_runs[:, :, 0], next_runs[:, :, 1])
    # Behind the last position there is only the end.
    images = np.flatnonzero(lengths)
    following[-1, lengths[images] - 1, images] = 0.0
    removed = log_sum(before.blanks[:, :-1] + following)
    # The characters on both sides may touch, but if they are one letter only in different cases.
    letters = cases[ids].max(axis=2)
    different = (letters[:, :-2] != letters[:, 2:]).T
    either = np.logaddexp(before.runs[:, :-1, 0], before.runs[:, :-1, 1])
    touching = either + following[:, 1:]
    crossed = log_sum(before.runs[:, :-1] + next_runs[:, 1:, ::-1], axis=2)
    touching[:, :-1] = np.where(different, touching[:, :-1], crossed[:, :-1])
    removed[1:] = np.logaddexp(removed[1:], log_sum(touching))
    return removed.T
