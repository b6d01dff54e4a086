"""Losses of texts whose letters may be in either case, for labels that lost it.

They are minus the log-probabilities of `captcha_model.decoding.merged_case`, written with
`keras.ops` so that they have gradients on every backend.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from keras import ops

from captcha_model.vocabulary import BLANK

Cases = npt.NDArray[np.intp]

# The logarithm of probability 0, far from what a float32 of many steps cannot hold.
_LOG_ZERO = -1e9
_TINY = 1e-7


def ctc(targets: Any, logits: Any, cases: Cases) -> Any:
    """Return the negative log-probability of every text in any case: shape (N,).

    The recursion is that of `captcha_model.decoding.lattices.case_ctc`. A text that needs more
    than T steps has a very large loss.

    Args:
        targets: ids of shape (N, L), padded with 0.
        logits: shape (N, T, C); class 0 is the blank.
        cases: the two cases of each class, shape (C, 2); 0 for a case that it does not have.
    """
    targets = ops.cast(targets, "int32")
    scores = ops.log_softmax(ops.cast(logits, "float32"))
    # (T, N), (T, N, L, 2)
    blank = ops.transpose(scores[:, :, BLANK])
    own = ops.transpose(_in_each_case(scores, targets, cases), (1, 0, 2, 3))
    letters = ops.max(_members(targets, cases), axis=2)
    repeats = ops.equal(letters[:, 1:], letters[:, :-1])[..., None]
    nothing = ops.full_like(own[0][:, :1], _LOG_ZERO)

    def step(before: tuple[Any, Any], now: tuple[Any, Any]) -> tuple[tuple[Any, Any], Any]:
        blanks, runs = before
        either = ops.logsumexp(runs, axis=2)
        arriving = ops.concatenate([nothing[:, :, 0], either], axis=1)
        touching = ops.where(repeats, ops.flip(runs[:, :-1], axis=2), either[:, :-1, None])
        ways = [
            runs,
            ops.broadcast_to(blanks[:, :-1, None], ops.shape(runs)),
            ops.concatenate([nothing, touching], axis=1),
        ]
        after = (
            ops.logsumexp(ops.stack([blanks, arriving]), axis=0) + now[0][:, None],
            ops.logsumexp(ops.stack(ways), axis=0) + now[1],
        )
        return after, after

    runs = ops.full_like(own[0], _LOG_ZERO)
    started = ops.concatenate([ops.zeros_like(runs[:, :1, 0]), runs[:, :, 0]], axis=1)
    (blanks, runs), _ = ops.scan(step, (started, runs), (blank, own))
    lengths = ops.sum(ops.cast(ops.not_equal(targets, BLANK), "int32"), axis=1, keepdims=True)
    # The end is the blank behind the last character, or that character.
    ends = ops.concatenate([nothing[:, :, 0], ops.logsumexp(runs, axis=2)], axis=1)
    ends = ops.logsumexp(ops.stack([blanks, ends]), axis=0)
    return -ops.take_along_axis(ends, lengths, axis=1)[:, 0]


def crossentropy(targets: Any, logits: Any, cases: Cases) -> Any:
    """Return the negative log-probability of every position in any case: shape (N, T).

    Args:
        targets: ids of shape (N, T); 0 is an empty position.
        logits: shape (N, T, C).
        cases: see `ctc`.
    """
    targets = ops.cast(targets, "int32")
    scores = ops.log_softmax(logits)
    members = _members(targets, cases)
    found = ops.take_along_axis(scores, members, axis=2)
    return -ops.logsumexp(_without_missing(found, members), axis=2)


def aggregation(targets: Any, logits: Any, cases: Cases) -> Any:
    """Return the aggregation cross-entropy of every text in any case: shape (N,).

    Args:
        targets: ids of shape (N, L), padded with 0.
        logits: shape (N, T, C); class 0 is the blank.
        cases: see `ctc`.
    """
    targets = ops.cast(targets, "int32")
    mean = ops.mean(ops.softmax(logits), axis=1)
    members = _members(targets, cases)
    count, longest = ops.shape(targets)
    found = ops.take_along_axis(mean, ops.reshape(members, (count, 2 * longest)), axis=1)
    found = ops.reshape(found, (count, longest, 2))
    both = ops.sum(ops.where(ops.equal(members, BLANK), 0.0, found), axis=2)
    return -ops.sum(ops.where(ops.equal(targets, BLANK), 0.0, ops.log(both + _TINY)), axis=1)


def _members(targets: Any, cases: Cases) -> Any:
    """Return the classes of both cases of every target: shape (N, L, 2)."""
    return ops.take(ops.convert_to_tensor(cases.astype(np.int32)), targets, axis=0)


def _in_each_case(scores: Any, targets: Any, cases: Cases) -> Any:
    """Return the scores (N, T, C) of the characters of texts in each case: (N, T, L, 2)."""
    members = _members(targets, cases)
    count, steps, _ = ops.shape(scores)
    longest = ops.shape(targets)[1]
    flat = ops.broadcast_to(
        ops.reshape(members, (count, 1, 2 * longest)), (count, steps, 2 * longest)
    )
    found = ops.reshape(ops.take_along_axis(scores, flat, axis=2), (count, steps, longest, 2))
    return _without_missing(found, members[:, None])


def _without_missing(scores: Any, members: Any) -> Any:
    """Return scores (..., 2) with probability 0 in the place of a case that is missing."""
    is_there = ops.not_equal(members, BLANK)
    # The first class of a pair is always there; with class 0 it is an empty position.
    is_there = ops.concatenate([ops.ones_like(is_there[..., :1]), is_there[..., 1:]], axis=-1)
    return ops.where(is_there, scores, _LOG_ZERO)
