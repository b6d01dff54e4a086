"""What else a text could be: other characters in its places, and the texts one edit away."""

from collections.abc import Sequence
from functools import partial
from itertools import islice

import numpy as np

from captcha_model.decoding.best_path import Floats, Ids, to_text
from captcha_model.decoding.lattices import NEVER, Neighbours, pad
from captcha_model.prediction import Alternative


def shares(log_probabilities: Floats, log_partition: Floats) -> Floats:
    """Return the probabilities of texts among all that may be read.

    Args:
        log_probabilities: of the texts, shape (N,).
        log_partition: of all that may be read, shape (N,).
    """
    found: Floats = np.exp(np.minimum(log_probabilities - log_partition, 0.0))
    return found


def in_places(
    found: Neighbours, texts: Sequence[Ids], most: int, characters: str
) -> tuple[list[list[float]], list[list[tuple[Alternative, ...]]]]:
    """Return, for every place of N texts, its character's confidence and its alternatives.

    Args:
        found: the texts' neighbours.
        texts: N texts as ids from 1.
        most: how many alternatives to name, the likeliest first.
        characters: the vocabulary in the order of its ids.
    """
    ids, _ = pad(texts)
    image, place = np.arange(len(ids))[:, None], np.arange(ids.shape[1])
    highest = found.substitutions.max(axis=2, keepdims=True, initial=NEVER)
    chances = np.exp(found.substitutions - highest)
    # The highest is 1 in the sum; where there is no place, nothing is.
    chances /= np.maximum(chances.sum(axis=2, keepdims=True), 1.0)
    own = chances[image, place, ids]
    chances[image, place, ids] = 0.0
    count = min(most, len(characters) - 1)
    best = np.empty((*ids.shape, count), np.intp)
    theirs = np.empty(best.shape)
    # In rounds, because a few are wanted of what may be thousands.
    for k in range(count):
        best[..., k] = chances.argmax(axis=2)
        theirs[..., k] = chances[image, place, best[..., k]]
        chances[image, place, best[..., k]] = 0.0
    names = [characters[i - 1] for i in best.ravel().tolist()]
    # Without the call of a function in Python for each, of which an image has fifteen.
    make = partial(tuple.__new__, Alternative)
    every = iter(map(make, zip(names, theirs.ravel().tolist(), strict=True)))
    possible = (theirs > 0).sum(axis=2).tolist()
    others = [[tuple(islice(every, count))[:k] for k in row] for row in possible]
    return own.tolist(), others


def other_texts(
    found: Neighbours, texts: Sequence[Ids], log_partition: Floats, characters: str
) -> tuple[list[Alternative | None], list[Alternative | None]]:
    """Return the runner-up of each of N texts, and the likeliest neighbour of another length.

    Args:
        found: the texts' neighbours.
        texts: N texts as ids from 1.
        log_partition: of all that may be read, shape (N,).
        characters: the vocabulary in the order of its ids.
    """
    count, places, classes = found.substitutions.shape
    ids, _ = pad(texts)
    image, place = np.arange(count)[:, None], np.arange(places)
    replaced = found.substitutions.copy()
    replaced[image, place, ids] = -np.inf  # That is the text itself.
    every = np.concatenate(
        [replaced.reshape(count, -1), found.insertions.reshape(count, -1), found.deletions], axis=1
    )
    same_length = places * classes
    chosen = np.empty((2, count), np.intp)
    every.argmax(axis=1, out=chosen[0])
    chosen[1] = same_length + every[:, same_length:].argmax(axis=1)
    chances = shares(every[np.arange(count), chosen], log_partition)
    runners_up, length_variants = (
        [
            Alternative(to_text(_edited(text, k, places, classes), characters), chance)
            if chance > 0
            else None
            for text, k, chance in zip(texts, edits, row, strict=True)
        ]
        for edits, row in zip(chosen.tolist(), chances.tolist(), strict=True)
    )
    return runners_up, length_variants


def _edited(text: Ids, k: int, places: int, classes: int) -> Ids:
    """Return what the k-th of all edits makes of a text: replace, insert, delete, in that order."""
    place, i = divmod(k, classes)
    if place < places:
        return (*text[:place], i, *text[place + 1 :])
    if place <= 2 * places:
        gap = place - places
        return (*text[:gap], i, *text[gap:])
    place = k - (2 * places + 1) * classes
    return (*text[:place], *text[place + 1 :])
