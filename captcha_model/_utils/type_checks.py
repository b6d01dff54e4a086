"""Whether a value is what a type hint says, with bounds: `Annotated[int, Range(8, 1024)]`.

Types are exact: a `bool` is not a number, and a whole number is a `float` only where the hint is
`float`. Without bounds of their own, numbers are finite and texts are short and printable.

Loading a model checks hundreds of numbers, so each hint becomes a function once, and the place of a
wrong value is put together only if there is one. The classes here are no dataclasses, because
making one costs a start almost as much time as all checks of a load.
"""

import math
import re
import types
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Annotated, Any, Literal, TypeAlias, Union, get_args, get_origin

MAX_TEXT = 1000
MAX_ITEMS = 1000
MAX_WHOLE = 10**15
_SHOWN = 80  # Characters of a value in a message.


class Range:
    """The bounds of a number.

    Args:
        low: the smallest value.
        high: the largest value.
        above: whether `low` itself is excluded.
        below: whether `high` itself is excluded.
    """

    def __init__(
        self,
        low: float = -math.inf,
        high: float = math.inf,
        *,
        above: bool = False,
        below: bool = False,
    ) -> None:
        self.low, self.high, self.above, self.below = low, high, above, below

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


class Text:
    """The bounds of a text.

    Args:
        shortest: its least number of characters.
        longest: its largest number of characters.
        printable: whether every character must be printable.
        pattern: a regular expression that the whole text must match; "" is none.
    """

    def __init__(
        self,
        shortest: int = 0,
        longest: int = MAX_TEXT,
        *,
        printable: bool = True,
        pattern: str = "",
    ) -> None:
        self.shortest, self.longest = shortest, longest
        self.printable, self.pattern = printable, pattern

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


class Fault:
    """A value that does not fit its type hint.

    Args:
        place: where it is; "" for the checked value itself, "[1]" for one of its items.
        expected: what it must be.
        value: what it is.
    """

    def __init__(self, place: str, expected: str, value: Any) -> None:
        self.place, self.expected, self.value = place, expected, value

    def within(self, place: str) -> "Fault":
        """Return the fault as one of a value that contains the checked one."""
        return Fault(place + self.place, self.expected, self.value)

    def __str__(self) -> str:
        # A list or an object of a file may be nested too deeply to be shown.
        simple = self.value is None or isinstance(self.value, str | int | float)
        shown = repr(self.value)[:_SHOWN] if simple else f"a {type(self.value).__name__}"
        return f"{self.place} must be {self.expected}. Received: {shown}"


Check: TypeAlias = Callable[[Any], Fault | None]
_DEFAULTS: Mapping[Any, Range | Text] = {
    int: Range(-MAX_WHOLE, MAX_WHOLE),
    float: Range(),
    str: Text(),
}


@cache
def check_of(hint: Any) -> Check:
    """Return the function that checks values of a type hint.

    Args:
        hint: a type: `bool`, `int`, `float`, `str`, `None`, a class, a `Literal`, a `tuple`, a
            `Mapping`, a union of these, or one of them `Annotated` with a `Range` or a `Text`.

    Returns:
        A function from any value to what is wrong, at the innermost place; None if the value fits.
    """
    kind, bounds = _split(hint)
    origin, kinds = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return _union_check(hint, [check_of(_with(k, bounds)) for k in kinds])
    if origin is tuple:
        return _tuple_check(hint, [check_of(k) for k in kinds if k is not Ellipsis], kinds[-1])
    if origin is Mapping:
        return _mapping_check(hint, *map(check_of, kinds))
    fits = _type_test(kind)
    limits = [bound.holds for bound in _bounds_of(kind, bounds)]

    def check(value: Any) -> Fault | None:
        if fits(value) and all(holds(value) for holds in limits):
            return None
        return Fault("", describe(hint), value)

    return check


def describe(hint: Any) -> str:
    """Return what a value must be, as words of a message: "a whole number of at least 8"."""
    kind, bounds = _split(hint)
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


def _union_check(hint: Any, checks: list[Check]) -> Check:
    def check(value: Any) -> Fault | None:
        faults = []
        for one in checks:
            fault = one(value)
            if fault is None:
                return None
            faults.append(fault)
        inner = next((fault for fault in faults if fault.place), None)
        return inner or Fault("", describe(hint), value)

    return check


def _tuple_check(hint: Any, checks: list[Check], last: Any) -> Check:
    def check(value: Any) -> Fault | None:
        if isinstance(value, tuple) and len(value) <= MAX_ITEMS:
            each = checks * len(value) if last is Ellipsis else checks
            if len(each) == len(value):
                found = (one(item) for one, item in zip(each, value, strict=True))
                return _first((f"[{i}]", fault) for i, fault in enumerate(found))
        return Fault("", describe(hint), value)

    return check


def _mapping_check(hint: Any, key_check: Check, item_check: Check) -> Check:
    def check(value: Any) -> Fault | None:
        if isinstance(value, Mapping) and len(value) <= MAX_ITEMS:
            keys = _first((" (a key)", key_check(key)) for key in value)
            return keys or _first((f"[{k!r}]", item_check(item)) for k, item in value.items())
        return Fault("", describe(hint), value)

    return check


def _type_test(kind: Any) -> Callable[[Any], bool]:
    """Return whether a value is of a type without parts, as a function."""
    if get_origin(kind) is Literal:
        allowed = get_args(kind)
        return lambda value: any(type(value) is type(k) and value == k for k in allowed)
    if kind is int:
        return lambda value: type(value) is int
    if kind is float:
        return lambda value: (
            (type(value) is float and math.isfinite(value))
            or (type(value) is int and abs(value) <= MAX_WHOLE)
        )
    return lambda value: isinstance(value, kind)


def _split(hint: Any) -> tuple[Any, tuple[Any, ...]]:
    """Return a hint without its annotations, and these."""
    return (hint.__origin__, hint.__metadata__) if get_origin(hint) is Annotated else (hint, ())


def _bounds_of(kind: Any, given: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the bounds that concern a type, its defaults if it has none of its own."""
    if kind not in _DEFAULTS:
        return ()
    default = _DEFAULTS[kind]
    return tuple(b for b in given if isinstance(b, type(default))) or (default,)


def _with(hint: Any, bounds: tuple[Any, ...]) -> Any:
    """Return a member of a union with the bounds of the union."""
    return Annotated[(hint, *bounds)] if bounds else hint


def _first(found: Iterable[tuple[str, Fault | None]]) -> Fault | None:
    """Return the first fault, as one of the containing value."""
    return next((fault.within(place) for place, fault in found if fault), None)
