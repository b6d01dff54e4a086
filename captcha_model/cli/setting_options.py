"""Options for the settings of a run: how they are added, and how their values are parsed."""

import argparse
from typing import Any, Literal

from captcha_model.cli.common import positive
from captcha_model.training.run_config.settings import ALL_DEVICES

NONE = "none"


def add_setting(group: Any, flag: str, destination: str, **options: Any) -> None:
    """Add an option for a setting; one that is not given is left out of the result."""
    group.add_argument(flag, dest=destination, default=argparse.SUPPRESS, **options)


def add_choice(group: Any, flag: str, destination: str, choices: Any, purpose: str) -> None:
    """Add an option whose value is one of a few."""
    add_setting(group, flag, destination, choices=choices, help=purpose)


def add_switch(group: Any, flag: str, destination: str, purpose: str) -> None:
    """Add an option that turns a setting on or, with `--no-`, off."""
    add_setting(group, flag, destination, action=argparse.BooleanOptionalAction, help=purpose)


def or_none(parse: Any) -> Any:
    """Return a parser that takes "none" too, which is None."""

    def parsed(text: str) -> Any:
        try:
            return None if text == NONE else parse(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(f"{text!r} is neither a number nor {NONE}") from error

    return parsed


def number_or_all(text: str) -> int | Literal["all"]:
    """Parse a number of devices, or "all"."""
    return ALL_DEVICES if text == ALL_DEVICES else positive(text)


def formats(text: str) -> list[str]:
    """Parse names with commas between them, or "none"."""
    return [] if text == NONE else text.split(",")


def size(text: str) -> tuple[int, int]:
    """Parse a height and a width, such as 50x200."""
    height, _, width = text.lower().partition("x")
    if not (height.isdecimal() and width.isdecimal()):
        raise argparse.ArgumentTypeError(f"{text!r} is not HEIGHTxWIDTH, such as 50x200")
    return int(height), int(width)


def numbered(text: str) -> tuple[str, int | float]:
    """Parse a name and its number, such as blur=0.5."""
    name, _, value = text.partition("=")
    try:
        return name, int(value) if value.isdecimal() else float(value)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=NUMBER") from error
