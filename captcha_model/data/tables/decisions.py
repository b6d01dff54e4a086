"""Tables of decisions: a person labels an image, corrects the label, or takes it back.

The labelling page writes one line more for each of them, so a later line of an image replaces an
earlier one, and a text of null is no label. The key `decided_at` in a line makes a table one.
"""

from collections.abc import Sequence
from typing import Any

DECIDED = "decided_at"

NumberedRow = tuple[int, dict[str, Any]]


def latest_decisions(rows: Sequence[NumberedRow], image: str) -> list[NumberedRow]:
    """Return the last row of every image, in the order of these rows.

    Args:
        rows: the lines of a table with their numbers.
        image: the key of the file name.
    """
    latest: dict[Any, NumberedRow] = {}
    for row in rows:
        latest.pop(row[1].get(image), None)
        latest[row[1].get(image)] = row
    return [*latest.values()]


def labels_of_decisions(rows: Sequence[NumberedRow], image: str, label: str) -> list[NumberedRow]:
    """Return the last row of every image that has a label in it.

    Args:
        rows: the lines of a table with their numbers.
        image: the key of the file name.
        label: the key of the label.
    """
    # Without the key at all a row is at fault, not taken back.
    return [row for row in latest_decisions(rows, image) if row[1].get(label, "") is not None]
