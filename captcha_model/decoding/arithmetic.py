"""The value of a text that is a sum, such as "12+8=?", in exact fractions.

    equation: side "=" side | side "=" | side
    side:     term (("+" | "-") term)*
    term:     factor (("*" | "x" | "×" | "/") factor)*
    factor:   ["-"] (digits | "?")

Both sides together have one "?", the unknown; where none is written, it stands alone on the right
side: "12+8", "12+8=" and "12+8?" are "12+8=?". The work grows linearly with the text, and nothing
else in a text is ever evaluated.
"""

import re
from dataclasses import replace
from fractions import Fraction
from typing import NamedTuple

from captcha_model.prediction import Prediction

MAX_CHARACTERS = 64
# All integers up to here are exact in the JSON of every language.
MAX_VALUE = 2**53 - 1
# The capital as well, because a model may read every letter as one.
TIMES = "*xX\N{MULTIPLICATION SIGN}"
OPERATORS = f"+-/{TIMES}"

_TOKEN = re.compile(rf" *([0-9]+|[=?{re.escape(OPERATORS)}]) *")
_NO_SUM = "it is not a sum of whole numbers with + - * / or x"


class NoValueError(ValueError):
    """A text has no value; the message says why, in words that follow "because"."""


class _Linear(NamedTuple):
    """The number `factor * unknown + constant`."""

    factor: Fraction
    constant: Fraction


def with_value(reading: Prediction) -> Prediction:
    """Return a reading with the value of its text, or with a warning that says why it has none."""
    if not reading.text:
        return reading
    try:
        return replace(reading, value=solve(reading.text))
    except NoValueError as error:
        warning = f"The text has no value, because {error}."
        return replace(reading, warnings=(*reading.warnings, warning))


def solve(text: str) -> int:
    """Return the value of the one unknown of a sum.

    Raises:
        NoValueError: the text is no sum, or its value is not one whole number up to `MAX_VALUE`.
    """
    left, right = _sides(_tokens(text))
    a, b = _Side(left).value(), _Side(right).value()
    factor = a.factor - b.factor
    if not factor:
        raise NoValueError("no number or every number solves it")
    value = (b.constant - a.constant) / factor
    if value.denominator != 1:
        raise NoValueError("its value is not a whole number")
    if abs(value) > MAX_VALUE:
        raise NoValueError("its value is too large")
    return int(value)


def _tokens(text: str) -> list[str]:
    """Return numbers and signs, with "*" for every sign of multiplication."""
    if len(text) > MAX_CHARACTERS:
        raise NoValueError(f"it has over {MAX_CHARACTERS} characters")
    tokens, at = [], 0
    while match := _TOKEN.match(text, at):
        tokens.append("*" if match[1] in TIMES else match[1])
        at = match.end()
    if at < len(text):
        raise NoValueError(_NO_SUM)
    return tokens


def _sides(tokens: list[str]) -> tuple[list[str], list[str]]:
    """Return both sides of the equation, with exactly one unknown."""
    if "=" in tokens:
        at = tokens.index("=")
        left, right = tokens[:at], tokens[at + 1 :] or ["?"]
    else:
        left, right = tokens[: -1 if tokens[-1:] == ["?"] else None], ["?"]
    unknowns = (left + right).count("?")
    # A number alone asks nothing, such as the text of a captcha that is no sum.
    if not any(token in OPERATORS for token in (left + right)[1:]):
        raise NoValueError(_NO_SUM)
    if unknowns != 1:
        raise NoValueError("it has several unknowns" if unknowns else "nothing in it is unknown")
    return left, right


class _Side:
    """The parser of one side of an equation.

    Args:
        tokens: the side.
    """

    def __init__(self, tokens: list[str]) -> None:
        self._left = tokens[::-1]  # The next token is the last one.

    def value(self) -> _Linear:
        """Return the value of the whole side.

        Raises:
            NoValueError: it is not well-formed, or it divides by zero or by the unknown.
        """
        factor, constant = self._term()
        while self._left:
            sign = self._sign("+-")
            term = self._term()
            factor, constant = factor + sign * term.factor, constant + sign * term.constant
        return _Linear(factor, constant)

    def _sign(self, signs: str) -> int:
        token = self._left.pop()
        if token not in signs:
            raise NoValueError(_NO_SUM)
        return -1 if token == "-" else 1

    def _term(self) -> _Linear:
        value = self._factor()
        while self._left and self._left[-1] in "*/":
            operation, by = self._left.pop(), self._factor()
            value = _product(value, by) if operation == "*" else _quotient(value, by)
        return value

    def _factor(self) -> _Linear:
        sign = 1
        if self._left and self._left[-1] == "-":
            sign = self._sign("-")
        token = self._left.pop() if self._left else ""
        if token == "?":
            return _Linear(Fraction(sign), Fraction(0))
        if not token.isdecimal():
            raise NoValueError(_NO_SUM)
        return _Linear(Fraction(0), Fraction(sign * int(token)))


def _product(value: _Linear, by: _Linear) -> _Linear:
    # At most one of the two has the unknown.
    factor = value.factor * by.constant + by.factor * value.constant
    return _Linear(factor, value.constant * by.constant)


def _quotient(value: _Linear, by: _Linear) -> _Linear:
    if by.factor:
        raise NoValueError("it divides by the unknown")
    if not by.constant:
        raise NoValueError("it divides by zero")
    return _Linear(value.factor / by.constant, value.constant / by.constant)
