"""The lengths of texts that a few labels let expect."""

from collections import Counter
from collections.abc import Iterable

LEAST = 5
"""How many labels must have the least length, and how many the greatest one."""


def expected_lengths(labels: Iterable[str]) -> tuple[int, int] | None:
    """Return the lengths of the shortest and the longest label, if other ones are unlikely.

    A length that few labels have does not tell that none goes beyond it. If it is the greatest of N
    labels and k of them have it, a new text is longer with a probability of about 1 / (k + 1) of
    that of having it.

    Args:
        labels: the texts of the images.

    Returns:
        The two lengths; None if fewer than `LEAST` labels have one of them.
    """
    counts = Counter(map(len, labels))
    bounds = min(counts), max(counts)
    return bounds if all(counts[bound] >= LEAST for bound in bounds) else None


def expectation(lengths: tuple[int, int]) -> str:
    """Return what readers of a training's report must know of expected lengths."""
    shortest, longest = lengths
    shown = str(shortest) if shortest == longest else f"{shortest} to {longest}"
    return (
        f"expects texts of {shown} characters, as all labels have; with --length any it reads "
        "others too, but accepts none of them"
    )
