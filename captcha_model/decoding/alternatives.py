"""What else a text could be: other characters in its positions, and the texts one edit away."""

from collections.abc import Sequence
from functools import partial
from itertools import islice

import numpy as np
import numpy.typing as npt

from captcha_model._utils import native
from captcha_model.decoding.best_path import Floats, Ids, to_text
from captcha_model.decoding.lattices import LOG_ZERO, Neighbours, pad
from captcha_model.prediction import Alternative

Integers = npt.NDArray[np.int64]


def relative_probabilities(log_probabilities: Floats, log_partition: Floats) -> Floats:
    """Return the probabilities of texts, given that the texts are allowed ones.

    Args:
        log_probabilities: log-probabilities of N texts, shape (N,).
        log_partition: log-probabilities of all allowed texts together, shape (N,); where it is
            -inf because none can be spelled, every text has probability 0.
    """
    total = np.where(log_partition == -np.inf, np.inf, log_partition)
    found: Floats = np.exp(np.minimum(log_probabilities - total, 0.0))
    return found


def in_positions(
    found: Neighbours, texts: Sequence[Ids], count: int, characters: str
) -> tuple[list[list[float]], list[list[tuple[Alternative, ...]]]]:
    """Return the confidence and the alternatives of each character of N texts.

    Args:
        found: the neighbours of the texts.
        texts: N texts as ids from 1.
        count: the greatest number of alternatives for each character, the most likely first.
        characters: the vocabulary in the order of its ids.

    Returns:
        N lists of confidences, and N lists of alternatives. They are as long as the longest text;
        entries beyond the length of a text are undefined.
    """
    ids, _ = pad(texts)
    count = min(count, len(characters) - 1)
    own: Floats = np.empty(ids.shape)
    best = np.empty((*ids.shape, count), np.int64)
    confidences = np.empty(best.shape)
    if native.core:
        substitutions = np.ascontiguousarray(found.substitutions)
        native.core.in_positions(substitutions, _int64(ids), own, best, confidences)
    else:
        _fill_positions(found.substitutions, ids, own, best, confidences)
    names = [characters[i - 1] for i in best.ravel().tolist()]
    # An image has about fifteen. This avoids the call of a Python function for each.
    make = partial(tuple.__new__, Alternative)
    every = iter(map(make, zip(names, confidences.ravel().tolist(), strict=True)))
    possible = (confidences > 0).sum(axis=2).tolist()
    others = [[tuple(islice(every, count))[:k] for k in row] for row in possible]
    return own.tolist(), others


def _fill_positions(
    substitutions: Floats, ids: Integers, own: Floats, best: Integers, confidences: Floats
) -> None:
    """Fill in the confidences (N, L), the likeliest other classes (N, L, K) and theirs."""
    image, position = np.arange(len(ids))[:, None], np.arange(ids.shape[1])
    highest = substitutions.max(axis=2, keepdims=True, initial=LOG_ZERO)
    probabilities = np.exp(substitutions - highest)
    # The highest is 1, so the sum is at least 1, except where a text has no such position.
    probabilities /= np.maximum(probabilities.sum(axis=2, keepdims=True), 1.0)
    own[:] = probabilities[image, position, ids]
    probabilities[image, position, ids] = 0.0
    # One maximum after another: a few are needed out of what may be thousands.
    for k in range(best.shape[2]):
        best[..., k] = probabilities.argmax(axis=2)
        confidences[..., k] = probabilities[image, position, best[..., k]]
        probabilities[image, position, best[..., k]] = 0.0


def other_texts(
    found: Neighbours, texts: Sequence[Ids], log_partition: Floats, characters: str
) -> tuple[list[Alternative | None], list[Alternative | None]]:
    """Return the most likely texts one edit away: of any length, and of another length.

    Args:
        found: the neighbours of the texts.
        texts: N texts as ids from 1.
        log_partition: log-probabilities of all allowed texts together, shape (N,).
        characters: the vocabulary in the order of its ids.

    Returns:
        N runner-ups and N length variants; None where all such texts have probability 0.
    """
    count, positions, classes = found.substitutions.shape
    ids, _ = pad(texts)
    chosen, values = np.empty((2, count), np.int64), np.empty((2, count))
    if native.core:
        native.core.best_edits(
            np.ascontiguousarray(found.substitutions),
            np.ascontiguousarray(found.insertions),
            np.ascontiguousarray(found.deletions),
            _int64(ids),
            chosen,
            values,
        )
    else:
        _fill_edits(found, ids, chosen, values)
    confidences = relative_probabilities(values, log_partition)
    runners_up, length_variants = (
        [
            Alternative(to_text(_edited(text, k, positions, classes), characters), confidence)
            if confidence > 0
            else None
            for text, k, confidence in zip(texts, edits, row, strict=True)
        ]
        for edits, row in zip(chosen.tolist(), confidences.tolist(), strict=True)
    )
    return runners_up, length_variants


def _fill_edits(found: Neighbours, ids: Integers, chosen: Integers, values: Floats) -> None:
    """Fill in the numbers of the edits and their log-probabilities: shape (2, N) each."""
    count, positions, classes = found.substitutions.shape
    image, position = np.arange(count)[:, None], np.arange(positions)
    replaced = found.substitutions.copy()
    replaced[image, position, ids] = -np.inf  # That is the text itself.
    every = np.concatenate(
        [replaced.reshape(count, -1), found.insertions.reshape(count, -1), found.deletions], axis=1
    )
    same_length = positions * classes
    every.argmax(axis=1, out=chosen[0])
    chosen[1] = same_length + every[:, same_length:].argmax(axis=1)
    values[:] = every[np.arange(count), chosen]


def _int64(ids: npt.NDArray[np.intp]) -> Integers:
    return ids.astype(np.int64, copy=False)


def _edited(text: Ids, k: int, positions: int, classes: int) -> Ids:
    """Return a text after edit number k: first all substitutions, then insertions, deletions."""
    position, i = divmod(k, classes)
    if position < positions:
        return (*text[:position], i, *text[position + 1 :])
    if position <= 2 * positions:
        gap = position - positions
        return (*text[:gap], i, *text[gap:])
    position = k - (2 * positions + 1) * classes
    return (*text[:position], *text[position + 1 :])
