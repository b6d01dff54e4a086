"""Naming some of many items in a message."""

from collections.abc import Iterable
from itertools import islice


def name_some(items: Iterable[str], limit: int = 10) -> str:
    """Join up to `limit` items for a message, and count the rest."""
    return count_some(items, limit)[1]


def count_some(items: Iterable[str], limit: int = 10) -> tuple[int, str]:
    """Return the number of items and the text of `name_some`, without holding all items."""
    items = iter(items)
    shown = list(islice(items, limit))
    left = sum(1 for _ in items)
    text = ", ".join(shown)
    return len(shown) + left, f"{text} and {left} more" if left else text


def one_line(text: object) -> str:
    """Return a text without the control characters that would act on a terminal or end a line."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in str(text))
