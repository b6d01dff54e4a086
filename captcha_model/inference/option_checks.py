"""Which values of reading options are valid."""

from typing import Any

from captcha_model.config import MOST_VIEWS
from captcha_model.decoding.constraints import length_bounds
from captcha_model.decoding.letter_case import CASES
from captcha_model.errors import ConstraintError
from captcha_model.images.sanitize import FRAME_WORDS

MAX_BEAM_WIDTH = 1024


def is_text(value: Any) -> bool:
    """Return whether a value is a text or left out."""
    return value is None or isinstance(value, str)


def is_length(value: Any) -> bool:
    """Return whether a value is a number of characters or its bounds."""
    try:
        length_bounds(value)
    except ConstraintError:
        return False
    return True


def is_probability(value: Any) -> bool:
    """Return whether a value is a number from 0 to 1 or left out."""
    return value is None or (type(value) in (int, float) and 0 <= value <= 1)


def is_beam_width(value: Any) -> bool:
    """Return whether a value is a number of prefixes."""
    return type(value) is int and 0 <= value <= MAX_BEAM_WIDTH


def is_number_of_views(value: Any) -> bool:
    """Return whether a value is a number of views of an image, or is left out."""
    return value is None or (type(value) is int and 1 <= value <= MOST_VIEWS)


def is_case(value: Any) -> bool:
    """Return whether a value says what is done with the case of letters, or is left out."""
    return value is None or (isinstance(value, str) and value in CASES)


def is_flag(value: Any) -> bool:
    """Return whether a value is true or false."""
    return type(value) is bool


def is_frame_choice(value: Any) -> bool:
    """Return whether a value is the number of a frame, one of the words for it, or left out."""
    if isinstance(value, str):
        return value in FRAME_WORDS
    return value is None or (type(value) is int and value >= 0)
