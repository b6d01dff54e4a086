"""What every set of options has in common: how it is checked, described and built from texts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from functools import cache
from typing import Any, ClassVar, Self

from captcha_model._utils.whole_numbers import plain_whole
from captcha_model.errors import ConstraintError
from captcha_model.inference.option import Option, expand_signature


@dataclass(frozen=True)
class OptionSet:
    """Base of `ReadingOptions`: a dataclass whose fields are made by `option`.

    Attributes:
        MAX_TEXT: the greatest number of characters of one option in a request.
    """

    # Compiling a longer pattern would take long.
    MAX_TEXT: ClassVar[int] = 1000

    def __post_init__(self) -> None:
        for each in self.describe():
            value = plain_whole(getattr(self, each.name))
            each.check(value)
            object.__setattr__(self, each.name, value)  # The class is frozen.

    @classmethod
    @cache
    def describe(cls) -> tuple[Option, ...]:
        """Return what is known of every option, in order; see `captcha_model.inference.option`."""
        return tuple(
            replace(f.metadata["option"], name=f.name, annotation=f.type, default=f.default)
            for f in fields(cls)
        )

    @classmethod
    def offered(cls) -> tuple[Option, ...]:
        """Return the options that servers offer, in order."""
        return tuple(o for o in cls.describe() if o.request_type)

    @classmethod
    def on_page(cls) -> tuple[Option, ...]:
        """Return the options that the web page offers, in order."""
        return tuple(o for o in cls.describe() if o.page)

    @classmethod
    def add_request_parameters(
        cls, function: Callable[..., Any], annotation: Callable[[Option], Any]
    ) -> None:
        """Write the options that servers offer into the signature of a request's function.

        Args:
            function: takes the options as `**values`, for `from_request`.
            annotation: returns the annotation of an option's parameter, whose default is None.
        """
        expand_signature(function, cls.offered(), annotation, lambda _: None)

    @classmethod
    def from_request(cls, values: Mapping[str, Any]) -> Self:
        """Build the options from a program's request.

        Args:
            values: texts or numbers by the options' names. None and an empty text leave an option
                out.

        Raises:
            ConstraintError: a value is not valid, or a text has over `MAX_TEXT` characters.
        """
        return cls._from_texts(values, lambda o: o.parse)

    @classmethod
    def from_page(cls, texts: Mapping[str, str | bool | None]) -> Self:
        """Build the options from the boxes of the web page; else as `from_request`."""
        return cls._from_texts(texts, lambda o: (o.page and o.page.parse) or o.parse)

    @classmethod
    def _from_texts(
        cls, values: Mapping[str, Any], parser: Callable[[Option], Callable[[str], Any]]
    ) -> Self:
        given = {}
        for o in cls.describe():
            value, parse = values.get(o.name), parser(o)
            if isinstance(value, str):
                if len(value) > cls.MAX_TEXT:
                    raise ConstraintError(f"{o.name} has at most {cls.MAX_TEXT} characters.")
                # Only a text that is taken as it is can consist of spaces.
                is_blank = not value if parse is str else not value.strip()
                value = None if is_blank else parse(value)
            if value is not None:
                given[o.name] = value
        return cls(**given)
