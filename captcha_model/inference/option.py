"""What a reading option needs to be offered everywhere: its name, type, texts, help and bounds."""

import inspect
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import wraps
from textwrap import fill
from typing import Any, TypeVar, cast

from captcha_model.errors import ConstraintError

# The line of a docstring that `document_options` replaces by one entry for every option.
_PLACEHOLDER = re.compile(r"^( *)\*\*options: .*\n", re.MULTILINE)

Function = TypeVar("Function", bound=Callable[..., Any])


@dataclass(frozen=True)
class PageField:
    """How the web page offers an option, as a text box or, for true and false, a checkbox.

    Attributes:
        label: the text beside the box.
        placeholder: what an empty text box shows.
        parse: turns the text into the option's value where people write it in another way than
            programs do; it may return None for a text that leaves the option out.
    """

    label: str
    placeholder: str = ""
    parse: Callable[[str], Any] | None = None


@dataclass(frozen=True, kw_only=True)
class Option:
    """One reading option.

    Attributes:
        name: of the keyword in Python and of the form field in requests.
        annotation: the Python type of its value.
        default: its value when it is left out.
        description: what it means, without a full stop.
        left_out: what holds when it is left out, in words.
        expected: which values are valid, in words that follow "must be".
        is_valid: whether a value is valid.
        parse: turns a text, from the command line or a request, into a value. It may raise
            `ConstraintError`; `str` keeps the text as it is.
        text_form: how the value is written as a text, where `expected` does not tell.
        metavar: the name of the value in the help of the command line.
        request_type: the type of the value in REST and MCP requests; None if servers do not offer
            the option.
        number_too: whether a request of JSON may write a whole number in place of the text.
        minimum: the least valid number, for the schema of requests.
        maximum: the greatest valid number.
        page: how the web page offers it; None if it does not.
    """

    name: str = ""
    annotation: Any = None
    default: Any = None
    description: str
    left_out: str
    expected: str
    is_valid: Callable[[Any], bool]
    parse: Callable[[str], Any] = str
    text_form: str = ""
    metavar: str | None = None
    request_type: type | None = None
    number_too: bool = False
    minimum: float | None = None
    maximum: float | None = None
    page: PageField | None = None

    @property
    def is_flag(self) -> bool:
        """Whether the values are true and false."""
        return self.annotation is bool

    @property
    def help(self) -> str:
        """The sentence about the option for the command line and for requests."""
        form = f", as {self.text_form}" if self.text_form else ""
        return f"{self.description[0].upper()}{self.description[1:]}{form}."

    @property
    def requirement(self) -> str:
        """The sentence that says which values are valid."""
        return f"{self.name} must be {self.expected}."

    def check(self, value: Any) -> None:
        """Check a value.

        Raises:
            ConstraintError: it is not valid.
        """
        if not self.is_valid(value):
            raise ConstraintError(f"{self.requirement} Received: {value!r:.100}")

    def from_text(self, text: str) -> Any:
        """Parse and check a text.

        Raises:
            ConstraintError: it does not stand for a valid value.
        """
        value = self.parse(text)
        self.check(value)
        return value


def option(default: Any, **description: Any) -> Any:
    """Return a dataclass field that is a reading option.

    Args:
        default: the default of the field.
        **description: the other attributes of `Option`.
    """
    return field(default=default, metadata={"option": Option(**description)})


def expand_signature(
    function: Callable[..., Any],
    options: Iterable[Option],
    annotation: Callable[[Option], Any],
    default: Callable[[Option], Any],
) -> None:
    """Write the options into a function's signature in the place of its `**` parameter.

    `help`, FastAPI and the MCP server read signatures by `inspect.signature`, which then shows
    every option as a keyword argument.

    Args:
        function: takes the options as `**` keyword arguments.
        options: the options, in order.
        annotation: returns the annotation of an option's parameter.
        default: returns the default of an option's parameter.
    """
    signature = inspect.signature(function)
    parameters = [p for p in signature.parameters.values() if p.kind is not p.VAR_KEYWORD]
    parameters += [
        inspect.Parameter(
            option.name,
            inspect.Parameter.KEYWORD_ONLY,
            annotation=annotation(option),
            default=default(option),
        )
        for option in options
    ]
    function.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]


def name_unknown_keywords(function: Function) -> Function:
    """Return a function whose `TypeError` about an unknown keyword argument names the known ones.

    Args:
        function: its `**` parameter takes the options that its signature shows.
    """
    named = inspect.signature(function).parameters
    known = [p.name for p in named.values() if p.kind is p.KEYWORD_ONLY]

    @wraps(function)
    def checked(*args: Any, **keywords: Any) -> Any:
        for name in keywords:
            if name not in named:
                raise TypeError(
                    f"{function.__name__}() got an unexpected keyword argument {name!r}. "
                    f"Known: {', '.join(known)}"
                )
        return function(*args, **keywords)

    return cast("Function", checked)


def document_options(function: Function, options: Iterable[Option]) -> Function:
    """Write the options into the signature and the docstring of a public function.

    Args:
        function: takes the options as `**options`; its docstring has a line "**options: ...".
        options: the options, in order.

    Raises:
        TypeError: the docstring lacks that line.
    """
    options = tuple(options)
    expand_signature(function, options, lambda o: o.annotation, lambda o: o.default)
    if function.__doc__ is None:  # Python runs with -OO.
        return function
    line = _PLACEHOLDER.search(function.__doc__)
    if line is None:
        raise TypeError(f"The docstring of {function.__qualname__} has no line '**options: ...'.")
    entries = "".join(
        fill(
            f"{o.name}: {o.description}; {o.expected}. Default: {o.left_out}.",
            width=100,
            initial_indent=line[1],
            subsequent_indent=f"{line[1]}    ",
        )
        + "\n"
        for o in options
    )
    function.__doc__ = function.__doc__.replace(line[0], entries)
    return function
