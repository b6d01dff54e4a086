"""Frozen dataclasses that check their values by their own type hints, and go to JSON and back.

A `Record` checks every value when it is constructed, whether Python code or an untrusted file gave
it. `captcha_model._utils.type_checks` says how; tighter bounds stand beside their field, as
`Annotated[int, Range(8, 1024)]`. A JSON object must have exactly the keys of its record.

Why not `msgspec`: it checks what it decodes, but not what Python code constructs, so that a second
mechanism would remain beside it. Its import alone adds 20 ms or more to every start, and the base
install would need one more compiled package.
"""

import dataclasses
import functools
import json
from collections.abc import Callable, Mapping
from types import NoneType, UnionType
from typing import Annotated, Any, ClassVar, Self, TypeAlias, Union, get_args, get_origin
from typing import get_type_hints as hints_of

from captcha_model._utils.type_checks import MAX_ITEMS, MAX_WHOLE, Fault, check_of
from captcha_model.errors import CaptchaError, ConfigError


class Key:
    """The name of a field in JSON where it is not the field's own: `Annotated[int, Key("n")]`."""

    def __init__(self, name: str) -> None:
        self.name = name


class Record:
    """Base of frozen dataclasses whose values are checked when they are constructed.

    The class arguments `error` and `code` choose what a value that is not valid raises:

        @dataclass(frozen=True)
        class Scale(Record, code="SCALE_INVALID"):
            factor: Annotated[float, Range(0.05, 100)] = 1.0
    """

    _error: ClassVar[type[CaptchaError]] = ConfigError
    _code: ClassVar[str | None] = None

    def __init_subclass__(
        cls, *, error: type[CaptchaError] | None = None, code: str | None = None
    ) -> None:
        super().__init_subclass__()
        cls._error = error or cls._error
        cls._code = code or cls._code

    def __post_init__(self) -> None:
        if fault := _fault_of(self):
            raise self.invalid(str(fault))
        self.check_together()

    def check_together(self) -> None:
        """Check what must hold between fields, and raise `invalid(...)` where it does not."""

    @classmethod
    def invalid(cls, message: str) -> CaptchaError:
        """Return this class's error for a value that is not valid."""
        return cls._error(message, code=cls._code)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, as JSON has them, that `from_dict` takes back."""
        plain: dict[str, Any] = _plain(self)
        return plain

    def to_json(self) -> str:
        """Return the record as a JSON text."""
        return json.dumps(self.to_dict(), indent=2, ensure_ascii=False)

    @classmethod
    def from_dict(cls, values: Any, *, partial: bool = False) -> Self:
        """Build the record from `to_dict`'s values.

        Args:
            values: what JSON or YAML was parsed to, so anything.
            partial: whether keys may be missing; their fields then have their defaults.

        Raises:
            CaptchaError: the class's own error: not a mapping, a missing or an unknown key, or a
                value that is not valid.
        """
        return _build(cls, values, cls, partial=partial)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Build the record from `to_json`'s text.

        Raises:
            CaptchaError: the class's own error: not JSON, or not valid (see `from_dict`).
        """
        return cls.from_dict(parse_json(text, cls))


def parse_json(text: str, kind: type[Record], name: str = "This") -> Any:
    """Parse JSON.

    Args:
        text: the JSON.
        kind: the class whose error is raised.
        name: what the message calls the text, such as the name of its file.

    Raises:
        CaptchaError: the class's own error: this is not JSON.
    """
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise kind.invalid(f"{name} is not valid JSON ({type(error).__name__})") from error


class _Field:
    """A field of a dataclass: its name in Python, the check of its type hint, and its parser."""

    def __init__(self, name: str, hint: Any) -> None:
        self.name, self.check, self.parse = name, check_of(hint), _parser_of(hint)


def _fields_of(kind: Any) -> dict[str, _Field]:
    """Return the fields of a dataclass by their keys in JSON."""
    hints = hints_of(kind, include_extras=True)
    found = {}
    for field in dataclasses.fields(kind):
        hint = hints[field.name]
        keys = [m.name for m in getattr(hint, "__metadata__", ()) if isinstance(m, Key)]
        found[keys[0] if keys else field.name] = _Field(field.name, hint)
    return found


_fields: Callable[[Any], dict[str, _Field]] = functools.cache(_fields_of)


def _fault_of(record: Any) -> Fault | None:
    """Check the fields of a dataclass, and those of plain dataclasses in them."""
    for key, field in _fields(type(record)).items():
        value = getattr(record, field.name)
        if fault := field.check(value):
            return fault.within(key)
        for item in value if isinstance(value, tuple) else (value,):
            # A `Record` has checked itself.
            plain = dataclasses.is_dataclass(item) and not isinstance(item, Record)
            if plain and (fault := _fault_of(item)):
                return fault.within(f"{key}.")
    return None


def _build(kind: type[Any], values: Any, owner: type[Record], *, partial: bool = False) -> Any:
    """Build a dataclass; `owner` is the record whose error is raised."""
    owner = kind if issubclass(kind, Record) else owner
    fields = _fields(kind)
    if not isinstance(values, dict):
        raise owner.invalid(str(Fault(kind.__name__, "an object with keys", values)))
    missing = [] if partial else sorted(fields.keys() - values.keys())
    unknown = sorted(map(str, values.keys() - fields.keys()))
    if missing or unknown:
        raise owner.invalid(
            f"{kind.__name__}: missing keys {missing}, unknown keys {unknown!s:.200}. "
            f"Known keys: {', '.join(fields)}"
        )
    given = [(field, values[key]) for key, field in fields.items() if key in values]
    return kind(**{field.name: field.parse(value, owner) for field, value in given})


_Parser: TypeAlias = Callable[[Any, type[Record]], Any]


@functools.cache
def _parser_of(hint: Any) -> _Parser:
    """Return the function that brings a value of JSON into the form that a type hint has.

    Lists become tuples, objects dataclasses, whole numbers floats. A value that does not fit stays
    as it is, for the check that follows.
    """
    if get_origin(hint) is Annotated:
        return _parser_of(hint.__origin__)
    if get_origin(hint) in (Union, UnionType):
        return _union_parser(get_args(hint))
    if get_origin(hint) is tuple:
        return _tuple_parser(get_args(hint))
    if hint is float:
        return _parse_float
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return lambda value, owner: _build(hint, value, owner)
    return lambda value, owner: value  # noqa: ARG005


def _parse_float(value: Any, owner: type[Record]) -> Any:  # noqa: ARG001
    return float(value) if type(value) is int and abs(value) <= MAX_WHOLE else value


def _union_parser(kinds: tuple[Any, ...]) -> _Parser:
    parsers = [_parser_of(kind) for kind in kinds if kind is not NoneType]

    def parse(value: Any, owner: type[Record]) -> Any:
        if value is None or type(value) in kinds:
            return value
        # At most one member of a union has a form of its own in JSON.
        forms = (parser(value, owner) for parser in parsers)
        return next((form for form in forms if form is not value), value)

    return parse


def _tuple_parser(kinds: tuple[Any, ...]) -> _Parser:
    parsers = [_parser_of(kind) for kind in kinds if kind is not Ellipsis]

    def parse(value: Any, owner: type[Record]) -> Any:
        if not isinstance(value, list) or len(value) > MAX_ITEMS:
            return value
        each = parsers * len(value) if kinds[-1] is Ellipsis else parsers
        if len(each) != len(value):
            return value
        return tuple(parser(item, owner) for parser, item in zip(each, value, strict=True))

    return parse


def _plain(value: Any) -> Any:
    """Return a value as JSON has it."""
    if dataclasses.is_dataclass(value):
        fields = _fields(type(value)).items()
        return {key: _plain(getattr(value, field.name)) for key, field in fields}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return dict(value) if isinstance(value, Mapping) else value
