"""The order of a line that holds right-to-left letters: as it is typed, and as a picture shows it.

A text is stored in its logical order, in which it is typed and read. A picture shows a line of
Hebrew or Arabic from right to left, but the numbers and the Latin words in it from left to right.
This module converts between the two for one line, as the Unicode bidirectional algorithm (UAX 9)
does in a paragraph from right to left:

- a line without a right-to-left letter is the same in both orders;
- any other line is reversed, and each run of digits and of left-to-right letters in it keeps its
  own order; everything else, such as punctuation, is reversed with the line.

So the conversion is its own inverse, which UAX 9 is not: there "1-a" and "a-1" can look alike.
`unclear` finds the lines in which this rule and UAX 9 may differ.
"""

import unicodedata
from itertools import groupby

_RIGHT_TO_LEFT = frozenset({"R", "AL"})
_LEFT_TO_RIGHT = frozenset({"L", "EN", "AN"})  # Letters, and the digits of Europe and of Arabic.


def is_right_to_left(character: str) -> bool:
    """Return whether a character is a letter of a right-to-left script."""
    return unicodedata.bidirectional(character) in _RIGHT_TO_LEFT


def other_order(text: str) -> list[int]:
    """Return the permutation between the two orders of a line.

    Args:
        text: in either order.

    Returns:
        The positions of its characters, so that `[text[i] for i in other_order(text)]` is the line
        in the other order.
    """
    if text.isascii() or not any(map(is_right_to_left, text)):
        return list(range(len(text)))
    order: list[int] = []
    runs = groupby(range(len(text)), lambda i: _keeps_order(text[i]))
    for keeps_order, run in reversed([(key, list(group)) for key, group in runs]):
        order += run if keeps_order else reversed(run)
    return order


def reordered(text: str) -> str:
    """Return a line in the other order: logical for that of the picture, and the reverse."""
    return "".join(text[i] for i in other_order(text))


def unclear(text: str) -> str | None:
    """Return what makes it unclear how a picture shows a line; None if it is clear.

    Args:
        text: in its logical order.
    """
    if not any(map(is_right_to_left, text)):
        return None
    if mirrored := [c for c in text if unicodedata.mirrored(c)]:
        return f"{mirrored[0]!r} is drawn mirrored from right to left"
    runs = [(key, "".join(run)) for key, run in groupby(text, _group)]
    for k, (group, run) in enumerate(runs):
        if group != "between":
            continue
        sides = [runs[i][0] for i in (k - 1, k + 1) if 0 <= i < len(runs)]
        terminator = any(unicodedata.bidirectional(c) == "ET" for c in run)
        if sides.count("left to right") > (0 if terminator else 1):
            return f"{run!r} beside digits or left-to-right letters may belong to them"
    return None


def _keeps_order(character: str) -> bool:
    return unicodedata.bidirectional(character) in _LEFT_TO_RIGHT


def _group(character: str) -> str:
    if _keeps_order(character):
        return "left to right"
    return "right to left" if is_right_to_left(character) else "between"
