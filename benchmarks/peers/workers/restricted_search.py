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
    probabilities: np.ndarray,
    columns: Sequence[Sequence[int]],
    characters: str,
    *,
    others_are_blank: bool,
) -> str:
    """Return the text of the best path through the blank and the given characters.

    Without the other classes, a mark that looks like one of them becomes a character. If they count
    as the blank, it is skipped.

    Args:
        probabilities: of each step (T) and class (C), from the softmax; class 0 is CTC's blank.
        columns: for each character the classes that spell it, whose probabilities are added.
        characters: those that may occur.
        others_are_blank: whether the probabilities of all other classes are added to the blank's.
    """
    allowed = np.stack([probabilities[:, list(places)].sum(axis=1) for places in columns], axis=1)
    blank = 1 - allowed.sum(axis=1) if others_are_blank else probabilities[:, BLANK]
    best = np.column_stack([blank, allowed]).argmax(axis=1)
    steps = zip(best, [BLANK, *best[:-1]], strict=True)
    return "".join(characters[i - 1] for i, last in steps if i != BLANK and i != last)
