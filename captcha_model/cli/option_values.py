"""How the values of the options of `captcha-model train` are parsed."""

import argparse
from collections.abc import Callable
from typing import TypeVar

Value = TypeVar("Value")

NONE = "none"


def or_none(parse: Callable[[str], Value]) -> Callable[[str], Value | None]:
    """Return a parser that takes the word `none` too, as None."""

    def parsed(text: str) -> Value | None:
        try:
            return None if text == NONE else parse(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(f"{text!r} is neither a number nor {NONE}") from error

    return parsed


def formats(text: str) -> list[str]:
    """Parse names of export formats, or the word `none`."""
    return [] if text == NONE else text.split(",")


def size(text: str) -> tuple[int, int]:
    """Parse a height and a width in pixels: 50x200."""
    height, _, width = text.lower().partition("x")
    if not (height.isdecimal() and width.isdecimal()):
        raise argparse.ArgumentTypeError(f"{text!r} is not HEIGHTxWIDTH, such as 50x200")
    return int(height), int(width)


def named_number(text: str) -> tuple[str, int | float]:
    """Parse NAME=NUMBER."""
    name, _, value = text.partition("=")
    try:
        return name, int(value) if value.isdecimal() else float(value)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=NUMBER") from error
