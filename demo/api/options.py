"""What users of the page, the routes and the tools say of the texts, as options for the model."""

import math

from captcha_model.cli.constraining import parse_length
from captcha_model.errors import ConstraintError
from captcha_model.inference.decoder import ReadOptions

MAX_CHARACTERS = 1000  # Of each of them; a pattern for more would take long to understand.


def read_options(
    charset: str | None = None,
    length: str | None = None,
    pattern: str | None = None,
    min_confidence: float | None = None,
) -> ReadOptions:
    """Return options as `CaptchaModel.predict` takes them.

    Args:
        charset: the only characters that a text may have.
        length: how many they are, such as "5" or "4-6".
        pattern: a class of characters for every place.
        min_confidence: from 0 to 1; from there on a reading is accepted.

    Returns:
        Without those that are None or empty, which say nothing.

    Raises:
        ConstraintError: the length or the least confidence is none, or a text is too long.
    """
    for name, text in {"charset": charset, "length": length, "pattern": pattern}.items():
        if text and len(text) > MAX_CHARACTERS:
            raise ConstraintError(f"{name} has up to {MAX_CHARACTERS} characters.")
    if min_confidence is not None and not 0 <= min_confidence <= 1:
        raise ConstraintError(f"The least confidence is from 0 to 1. Received: {min_confidence}")
    options = ReadOptions()
    if min_confidence is not None:
        options["min_confidence"] = min_confidence
    if charset:
        options["charset"] = charset
    if length and length.strip():
        options["length"] = parse_length(length)
    if pattern:
        options["pattern"] = pattern
    return options


def parse_percent(text: str | None) -> float | None:
    """Parse what a person writes for a least confidence: "97.3", "97.3 %", "97,3".

    Returns:
        From 0 to 1; None for an empty text.

    Raises:
        ConstraintError: it is no number from 0 to 100.
    """
    number = (text or "").strip().removesuffix("%").strip().replace(",", ".")
    if not number:
        return None
    try:
        value = float(number)
    except ValueError:
        value = math.nan
    if not 0 <= value <= 100:
        raise ConstraintError(f"{str(text)[:40]!r} is not a number of per cent from 0 to 100.")
    return value / 100
