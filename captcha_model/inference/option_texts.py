"""From texts that people and programs write to the values of reading options."""

import math
from typing import cast

from captcha_model.decoding.constraints import Length
from captcha_model.errors import ConstraintError
from captcha_model.images.sanitize import FRAME_WORDS, FrameChoice


def parse_length(text: str) -> Length:
    """Parse a number of characters or its bounds.

    Args:
        text: "5", "4-6", "4-" for at least 4, "-6" for at most 6, "any" for at least 0.

    Raises:
        ConstraintError: the text is none of these. Whether the bounds are valid is checked by
            `ReadingOptions`.
    """
    if text.strip() == "any":
        return (0, None)
    low, dash, high = (part.strip() for part in text.partition("-"))
    numbers = [part for part in (low, high) if part]
    # No valid length has ten digits, and Python refuses to convert thousands of them.
    if not numbers or not all(n.isascii() and n.isdecimal() and len(n) < 10 for n in numbers):
        raise ConstraintError(f"{text[:40]!r} is not a length such as 5, 4-6, 4-, -6 or any.")
    if not dash:
        return int(low)
    return (int(low) if low else None, int(high) if high else None)


def parse_percent(text: str) -> float | None:
    """Parse a percentage as people write it: "97.3", "97.3 %", "97,3".

    Returns:
        A number from 0 to 1; None for an empty text.

    Raises:
        ConstraintError: the text is not a number from 0 to 100.
    """
    number = text.strip().removesuffix("%").strip().replace(",", ".")
    if not number:
        return None
    value = parse_number(number)
    if not 0 <= value <= 100:
        raise ConstraintError(f"{text[:40]!r} is not a percentage from 0 to 100.")
    return value / 100


def parse_number(text: str) -> float:
    """Parse a number; NaN, which no option accepts, where there is none."""
    try:
        return float(text)
    except ValueError:
        return math.nan


def parse_integer(text: str) -> int:
    """Parse a whole number; -1, which no option accepts, where there is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else -1


def parse_flag(text: str) -> bool | str:
    """Parse "true" or "false"; any other text, which no option accepts, stays as it is."""
    return {"true": True, "false": False}.get(text.strip().lower(), text)


def parse_frame_choice(text: str) -> FrameChoice:
    """Parse the number of a frame, or a word such as "darkest".

    Raises:
        ConstraintError: the text is neither.
    """
    choice = text.strip()
    if choice in FRAME_WORDS:
        return cast("FrameChoice", choice)
    number = parse_integer(choice)
    if number < 0:
        words = ", ".join(FRAME_WORDS)
        raise ConstraintError(f"{text[:40]!r} is not one of {words} or a number from 0.")
    return number


def parse_case(text: str) -> str:
    """Parse a word such as "ignore"; which words are valid is checked by `ReadingOptions`."""
    return text.strip().lower()
