"""Tells file names that are labels from those that a camera, a counter or a program gave."""

import re
from collections.abc import Sequence

from captcha_model.data.file_names import are_running_numbers

_LEAST = 5
_MANY = 0.9  # The share of names that must be of one kind.
_LONGEST = 32  # Characters; a captcha is shorter.
_HASH = re.compile(r"[0-9a-f]{16,}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_COUNTED = re.compile(r"([^\W\d_]{3,}[ _.-]*)\(?\d+\)?")


def why_unlabelled(labels: Sequence[str]) -> str | None:
    """Return why file names are no labels, for a person; None if they may be labels.

    Args:
        labels: the file names without folders and suffixes.
    """
    if len(labels) < _LEAST:
        return None
    if are_running_numbers(labels):
        return "they are running numbers"
    counted: dict[str, int] = {}
    for label in labels:
        if match := _COUNTED.fullmatch(label):
            counted[match[1]] = counted.get(match[1], 0) + 1
    if max(counted.values(), default=0) >= _MANY * len(labels):
        return "they count, and all begin alike"
    if sum(bool(_HASH.fullmatch(label)) for label in labels) >= _MANY * len(labels):
        return "they are hashes"
    if sum(len(label) > _LONGEST for label in labels) >= _MANY * len(labels):
        return f"they have more than {_LONGEST} characters"
    return None
