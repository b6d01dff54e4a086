"""Whole numbers that are no `int`, such as those of NumPy."""

import operator
from typing import Any


def plain_whole(value: Any) -> Any:
    """Return a whole number of another type, such as NumPy's, as an `int`.

    Returns:
        The `int`; for a tuple or a list, itself with such items; any other value as it is.
    """
    if type(value) in (tuple, list):
        return type(value)(map(plain_whole, value))
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        return value
    try:
        return operator.index(value)
    except TypeError:  # An array of several numbers.
        return value
