"""What a person may say of the texts beforehand, and how sure a reading must be."""

import argparse

from captcha_model.cli.common import natural
from captcha_model.decoding.best_path import BEAM_WIDTH
from captcha_model.decoding.constraints import Length
from captcha_model.errors import ConstraintError
from captcha_model.inference.decoder import MAX_BEAM_WIDTH, ReadOptions


def add_constraint_options(parser: argparse.ArgumentParser) -> None:
    """Add what says which texts may be read and which readings are accepted."""
    parser.add_argument(
        "--min-confidence",
        type=_share,
        metavar="P",
        help="from 0 to 1: a reading with a lower one is not accepted (default: the model's own)",
    )
    parser.add_argument(
        "--charset", metavar="CHARACTERS", help="the only characters that a text may have"
    )
    parser.add_argument(
        "--length",
        type=_length,
        metavar="N|MIN-MAX|MIN-|-MAX",
        help="how many characters a text has",
    )
    parser.add_argument(
        "--pattern",
        help="a class of characters for every place, as in regular expressions, each perhaps "
        r"followed by {n}: '[a-f]{2}\d{4}'",
    )
    parser.add_argument(
        "--beam-width",
        type=_beam_width,
        default=BEAM_WIDTH,
        metavar="N",
        help="how many prefixes the search keeps; 0 takes the best path (default: %(default)s)",
    )


def read_options(options: argparse.Namespace) -> ReadOptions:
    """Return what the options say, for `CaptchaModel.predict`."""
    return ReadOptions(
        min_confidence=options.min_confidence,
        charset=options.charset,
        length=options.length,
        pattern=options.pattern,
        beam_width=options.beam_width,
    )


def parse_length(text: str) -> Length:
    """Parse a number of characters, or its bounds.

    Args:
        text: "5", "4-6", "4-" for 4 or more, "-6" for up to 6.

    Raises:
        ConstraintError: it is none of these. Whether the bounds make sense is for
            `captcha_model.decoding.constraints.Constraint` to say.
    """
    low, dash, high = (part.strip() for part in text.partition("-"))
    numbers = [part for part in (low, high) if part]
    # More digits are no length, and Python refuses to count with very many.
    if not numbers or not all(n.isascii() and n.isdecimal() and len(n) < 10 for n in numbers):
        raise ConstraintError(f"{text[:40]!r} is not a length such as 5, 4-6, 4- or -6.")
    if not dash:
        return int(low)
    return (int(low) if low else None, int(high) if high else None)


def _length(text: str) -> Length:
    try:
        return parse_length(text)
    except ConstraintError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _share(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 to 1")
    return value


def _beam_width(text: str) -> int:
    value = natural(text)
    if value > MAX_BEAM_WIDTH:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number up to {MAX_BEAM_WIDTH}")
    return value
