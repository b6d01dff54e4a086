"""Metrics of recognised texts: edit distance, error rates, word accuracy."""

from collections.abc import Sequence

Edit = tuple[str, str]
"""A pair (reference character, recognised character); "" where one side has no character."""


def align(reference: str, reading: str) -> list[Edit]:
    """Align two texts character by character with the fewest edits.

    Returns:
        Pairs in order: matches, substitutions, deletions (c, "") and insertions ("", c). Among
        alignments with equally many edits, substitutions are preferred.
    """
    if reference == reading:
        return list(zip(reference, reading, strict=True))
    rows, columns = len(reference) + 1, len(reading) + 1
    cost = [[0] * columns for _ in range(rows)]
    for i in range(rows):
        for j in range(columns):
            if i == 0 or j == 0:
                cost[i][j] = i + j
            else:
                cost[i][j] = min(
                    cost[i - 1][j - 1] + (reference[i - 1] != reading[j - 1]),
                    cost[i - 1][j] + 1,
                    cost[i][j - 1] + 1,
                )
    pairs: list[Edit] = []
    i, j = len(reference), len(reading)
    while i or j:
        differs = i > 0 and j > 0 and reference[i - 1] != reading[j - 1]
        if i and j and cost[i][j] == cost[i - 1][j - 1] + differs:
            i, j = i - 1, j - 1
            pairs.append((reference[i], reading[j]))
        elif i and cost[i][j] == cost[i - 1][j] + 1:
            i -= 1
            pairs.append((reference[i], ""))
        else:
            j -= 1
            pairs.append(("", reading[j]))
    return pairs[::-1]


def edit_distance(reference: str, reading: str) -> int:
    """Return the Levenshtein distance: the fewest insertions, deletions and substitutions."""
    if reference == reading:
        return 0
    previous = list(range(len(reading) + 1))
    for i, expected in enumerate(reference, start=1):
        current = [i]
        for j, found in enumerate(reading, start=1):
            current.append(
                min(previous[j - 1] + (expected != found), previous[j] + 1, current[j - 1] + 1)
            )
        previous = current
    return previous[-1]


def character_error_rate(references: Sequence[str], readings: Sequence[str]) -> float:
    """Return the CER of a corpus: total edits over total reference characters, at least 0.

    Raises:
        ValueError: the lists differ in length, or the references hold no character.
    """
    total = sum(map(len, references))
    if total == 0:
        raise ValueError("The character error rate needs at least one reference character")
    edits = sum(edit_distance(a, b) for a, b in zip(references, readings, strict=True))
    return edits / total


def word_accuracy(references: Sequence[str], readings: Sequence[str]) -> float:
    """Return the share of texts that match their reference exactly, from 0 to 1.

    Raises:
        ValueError: the lists differ in length or are empty.
    """
    if not references:
        raise ValueError("Word accuracy needs at least one text")
    right = sum(a == b for a, b in zip(references, readings, strict=True))
    return right / len(references)
