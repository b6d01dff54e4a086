"""A search over the probabilities of a reader that cannot be told which characters may occur."""

from collections.abc import Sequence

import numpy as np

BLANK = 0


def columns_of(charset: Sequence[str], characters: str) -> list[list[int]]:
    """Return the classes that spell each character, in either case."""
    places = {text: index for index, text in enumerate(charset)}
    cases = [{character, character.upper()} for character in characters]
    return [sorted(places[text] for text in both if text in places) for both in cases]


def restricted_search(
    probabilities: np.ndarray, columns: Sequence[Sequence[int]], characters: str
) -> str:
    """Return the text of the best path through the blank and the given characters.

    Args:
        probabilities: of each step (T) and class (C), from the softmax; class 0 is CTC's blank.
        columns: for each character the classes that spell it, whose probabilities are added.
        characters: those that may occur.
    """
    allowed = [probabilities[:, [BLANK]]]
    allowed += [probabilities[:, list(places)].sum(axis=1, keepdims=True) for places in columns]
    best = np.concatenate(allowed, axis=1).argmax(axis=1)
    steps = zip(best, [BLANK, *best[:-1]], strict=True)
    return "".join(characters[i - 1] for i, last in steps if i != BLANK and i != last)
