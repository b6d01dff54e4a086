"""Random texts of several kinds, as a picture shows them."""

import string

import numpy as np

from captcha_model.data.synthetic.looks.chance import happens, pick, whole

MIN_LENGTH, MAX_LENGTH = 3, 10

_ALPHABETS = {
    "digits": string.digits,
    "lower": string.ascii_lowercase,
    "upper": string.ascii_uppercase,
    "mixed": string.digits + string.ascii_letters,
    "codes": string.digits + string.ascii_uppercase,
    "hex": string.digits + "abcdef",
}
SYMBOLS = "+-*/=?."
CHARACTERS = string.digits + string.ascii_letters + SYMBOLS
KINDS = (*_ALPHABETS, "sums", "decimals")
_USUAL_LENGTHS = (4, 5, 6)


def draw_text(kind: str, random: np.random.Generator) -> str:
    """Return a random text of 3 to 10 characters.

    Args:
        kind: one of `KINDS`.
        random: the source of randomness.

    Raises:
        KeyError: the kind is unknown.
    """
    if kind == "sums":
        return _sum(random)
    if kind == "decimals":
        return _decimal(random)
    alphabet = _ALPHABETS[kind]
    return "".join(pick(random, alphabet) for _ in range(_length(random)))


def _length(random: np.random.Generator) -> int:
    if happens(random, 0.6):
        return pick(random, _USUAL_LENGTHS)
    return whole(random, MIN_LENGTH, MAX_LENGTH)


def _sum(random: np.random.Generator) -> str:
    """Return a sum such as `12+8`, `3*4=` or `7-2=?`."""
    largest = pick(random, (9, 20, 99))
    left, right = whole(random, 0, largest), whole(random, 0, largest)
    return f"{left}{pick(random, '+-*/')}{right}{pick(random, ('', '=', '=?'))}"


def _decimal(random: np.random.Generator) -> str:
    """Return a number with one point, such as `0.75` or `1234.5`."""
    behind = whole(random, 1, 3)
    before = whole(random, 1, min(6, MAX_LENGTH - 1 - behind))
    digits = [pick(random, string.digits) for _ in range(before + behind)]
    return f"{''.join(digits[:before])}.{''.join(digits[before:])}"
