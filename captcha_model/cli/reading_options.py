"""The reading options on the command line, one for every field of `ReadingOptions`."""

import argparse
from collections.abc import Callable, Container, Iterable
from typing import Any

from captcha_model.errors import CaptchaError
from captcha_model.inference.option import Option
from captcha_model.inference.options import ReadingOptions


def add_reading_options(
    parser: argparse.ArgumentParser, names: Container[str] | None = None
) -> None:
    """Add an argument for every reading option, or for some, such as `--min-confidence`."""
    for option in ReadingOptions.describe():
        if names is not None and option.name not in names:
            continue
        name = f"--{option.name.replace('_', '-')}"
        text = f"{option.description} (default: {option.left_out})".replace("%", "%%")
        if option.is_flag:
            parser.add_argument(name, dest=option.name, action="store_true", help=text)
            continue
        parser.add_argument(
            name,
            dest=option.name,
            type=_parser_of(option),
            default=option.default,
            metavar=option.metavar,
            help=text,
        )


def reading_options(arguments: argparse.Namespace) -> ReadingOptions:
    """Return the reading options among the parsed arguments."""
    return ReadingOptions(
        **{option.name: getattr(arguments, option.name) for option in ReadingOptions.describe()}
    )


def given_options(arguments: argparse.Namespace, names: Iterable[str]) -> dict[str, Any]:
    """Return those of some reading options that have other values than their defaults."""
    defaults = ReadingOptions()
    values = {name: getattr(arguments, name) for name in names}
    return {name: value for name, value in values.items() if value != getattr(defaults, name)}


def _parser_of(option: Option) -> Callable[[str], Any]:
    def parse(text: str) -> Any:
        try:
            return option.from_text(text)
        except CaptchaError as error:
            raise argparse.ArgumentTypeError(str(error)) from error

    return parse
