"""Whether a value is what a type hint says, with bounds: `Annotated[int, Range(8, 1024)]`.

Types are exact: a `bool` is not a number, and a whole number is a `float` only where the hint is
`float`. Without bounds of their own, numbers are finite and texts are short and printable.
"""

import math
import re
import types
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

MAX_TEXT = 1000
MAX_ITEMS = 1000
MAX_WHOLE = 10**15
_SHOWN = 80  # Characters of a value in a message.


@dataclass(frozen=True)
class Range:
    """The bounds of a number.

    Attributes:
        low: the smallest value.
        high: the largest value.
        above: whether `low` itself is excluded.
        below: whether `high` itself is excluded.
    """

    low: float = -math.inf
    high: float = math.inf
    above: bool = False
    below: bool = False

    def holds(self, value: float) -> bool:
        """Return whether a number is within the bounds."""
        low_holds = value > self.low if self.above else value >= self.low
        return low_holds and (value < self.high if self.below else value <= self.high)

    def __str__(self) -> str:
        if not (self.above or self.below) and -math.inf < self.low <= self.high < math.inf:
            return f" from {self.low} to {self.high}"
        low = f" {'above' if self.above else 'of at least'} {self.low}"
        high = f" {'below' if self.below else 'of at most'} {self.high}"
        bounds = (low if self.low > -math.inf else "", high if self.high < math.inf else "")
        return " and".join(filter(None, bounds))


@dataclass(frozen=True)
class Text:
    """The bounds of a text.

    Attributes:
        shortest: its least number of characters.
        longest: its largest number of characters.
        printable: whether every character must be printable.
        pattern: a regular expression that the whole text must match; "" is none.
    """

    shortest: int = 0
    longest: int = MAX_TEXT
    printable: bool = True
    pattern: str = ""

    def holds(self, value: str) -> bool:
        """Return whether a text is within the bounds."""
        return (
            self.shortest <= len(value) <= self.longest
            and (value.isprintable() or not self.printable)
            and (not self.pattern or re.fullmatch(self.pattern, value, re.ASCII) is not None)
        )

    def __str__(self) -> str:
        kind = " printable" if self.printable else ""
        pattern = f" that match {self.pattern!r}" if self.pattern else ""
        return f" of {self.shortest} to {self.longest}{kind} characters{pattern}"


class Fault(NamedTuple):
    """A value that does not fit its type hint."""

    place: str
    expected: str
    value: Any

    def __str__(self) -> str:
        # A list or an object of a file may be nested too deeply to be shown.
        simple = self.value is None or isinstance(self.value, str | int | float)
        shown = repr(self.value)[:_SHOWN] if simple else f"a {type(self.value).__name__}"
        return f"{self.place} must be {self.expected}. Received: {shown}"


def find_fault(hint: Any, value: Any, place: str) -> Fault | None:
    """Check a value.

    Args:
        hint: a type: `bool`, `int`, `float`, `str`, `None`, a class, a `Literal`, a `tuple`, a
            `Mapping`, a union of these, or one of them `Annotated` with a `Range` or a `Text`.
        value: anything.
        place: of the value, for messages.

    Returns:
        What is wrong, at the innermost place where it is; None if the value fits.
    """
    bounds = hint.__metadata__ if get_origin(hint) is Annotated else ()
    kind = hint.__origin__ if bounds else hint
    if get_origin(kind) in (Union, types.UnionType):
        faults = [find_fault(_with(k, bounds), value, place) for k in get_args(kind)]
        inner = next((fault for fault in faults if fault and fault.place != place), None)
        return None if None in faults else inner or Fault(place, describe(hint), value)
    if get_origin(kind) is tuple and isinstance(value, tuple) and len(value) <= MAX_ITEMS:
        kinds = get_args(kind)
        kinds = kinds[:1] * len(value) if kinds[-1] is Ellipsis else kinds
        if len(kinds) == len(value):
            items = zip(kinds, value, range(len(value)), strict=True)
            return _first(find_fault(k, item, f"{place}[{i}]") for k, item, i in items)
    if get_origin(kind) is Mapping and isinstance(value, Mapping) and len(value) <= MAX_ITEMS:
        key, item = get_args(kind)
        return _first(find_fault(key, k, f"a key of {place}") for k in value) or _first(
            find_fault(item, v, f"{place}[{k!r}]") for k, v in value.items()
        )
    fits = _fits(kind, value) and all(b.holds(value) for b in _bounds_of(kind, bounds))
    return None if fits else Fault(place, describe(hint), value)


def describe(hint: Any) -> str:
    """Return what a value must be, as words of a message: "a whole number of at least 8"."""
    bounds = hint.__metadata__ if get_origin(hint) is Annotated else ()
    kind = hint.__origin__ if bounds else hint
    if get_origin(kind) in (Union, types.UnionType):
        return " or ".join(describe(_with(k, bounds)) for k in get_args(kind))
    if get_origin(kind) is Literal:
        return f"one of {', '.join(map(repr, get_args(kind)))}"
    names: dict[Any, str] = {
        **{bool: "true or false", int: "a whole number", float: "a number", str: "a text"},
        **{types.NoneType: "null", tuple: "a list", Mapping: "a mapping"},
    }
    name = names.get(get_origin(kind) or kind) or f"a {kind.__name__}"
    return name + "".join(map(str, _bounds_of(kind, bounds)))


def _fits(kind: Any, value: Any) -> bool:
    """Return whether a value is of a type without parts."""
    if get_origin(kind) is Literal:
        return any(type(value) is type(k) and value == k for k in get_args(kind))
    if kind is int:
        return type(value) is int
    if kind is float:
        whole = type(value) is int and abs(value) <= MAX_WHOLE
        return whole or (type(value) is float and math.isfinite(value))
    return isinstance(kind, type) and isinstance(value, kind)


def _bounds_of(kind: Any, given: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the bounds that concern a type, its defaults where it has none of its own."""
    defaults = {int: Range(-MAX_WHOLE, MAX_WHOLE), float: Range(), str: Text()}
    if kind not in defaults:
        return ()
    return tuple(b for b in given if isinstance(b, type(defaults[kind]))) or (defaults[kind],)


def _with(hint: Any, bounds: tuple[Any, ...]) -> Any:
    """Return a member of a union with the bounds of the union."""
    return Annotated[(hint, *bounds)] if bounds else hint


def _first(faults: Any) -> Fault | None:
    return next(filter(None, faults), None)
