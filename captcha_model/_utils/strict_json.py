"""Frozen dataclasses to JSON and back, checked by their own type hints.

What comes from a file is another person's: every key must be there and no other, every value must
be of its field's type, numbers are finite, texts are short and can be printed.
"""

import dataclasses
import json
import math
import types
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from captcha_model.errors import ConfigError

MAX_TEXT = 1000
MAX_ITEMS = 1000
MAX_NUMBER = 10**15

Record = TypeVar("Record")


def to_json(record: Any) -> str:
    """Return a dataclass as a JSON text, with what is in it."""
    return json.dumps(dataclasses.asdict(record), indent=2, ensure_ascii=False) + "\n"


def from_json(
    kind: type[Record], text: str, upgrade: Callable[[Any], Any] = lambda values: values
) -> Record:
    """Build a dataclass from `to_json`'s text.

    Args:
        kind: of the dataclass.
        text: the JSON.
        upgrade: makes the values of an earlier format those of today's.

    Raises:
        ConfigError: not JSON, a missing or an unknown key, or a value that does not fit its type.
    """
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError("it is not JSON") from error
    return _record(kind, upgrade(values), "it")


def _record(kind: type[Record], values: Any, place: str) -> Record:
    hints = get_type_hints(kind)
    if not isinstance(values, dict) or values.keys() != hints.keys():
        raise ConfigError(f"{place} must have the keys {', '.join(hints)}, and no others")
    return kind(**{name: _value(hint, values[name], name) for name, hint in hints.items()})


def _value(hint: Any, value: Any, place: str) -> Any:
    """Return a JSON value as the type hint has it."""
    if isinstance(hint, types.UnionType):
        (kind,) = (k for k in get_args(hint) if k is not types.NoneType)
        return None if value is None else _value(kind, value, place)
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return _record(hint, value, place)
    if get_origin(hint) is tuple and isinstance(value, list) and len(value) <= MAX_ITEMS:
        kinds = get_args(hint)
        if kinds[-1] is Ellipsis:
            return tuple(_value(kinds[0], v, place) for v in value)
        if len(kinds) == len(value):
            return tuple(_value(k, v, place) for k, v in zip(kinds, value, strict=True))
    if get_origin(hint) is Mapping and isinstance(value, dict) and len(value) <= MAX_ITEMS:
        key, kind = get_args(hint)
        return {_value(key, k, place): _value(kind, v, place) for k, v in value.items()}
    if hint is str and isinstance(value, str) and len(value) <= MAX_TEXT and value.isprintable():
        return value
    if hint is int and type(value) is int and abs(value) <= MAX_NUMBER:
        return value
    if hint is float and type(value) in (int, float) and math.isfinite(value):
        return float(value)
    raise ConfigError(f"{place} has a value that it cannot have: {str(value)[:80]!r}")
