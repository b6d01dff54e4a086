"""Random texts of several kinds, as a picture shows them, and their labels."""

import string
from collections.abc import Callable

import numpy as np

from captcha_model.data.synthetic.looks.chance import happens, pick, whole

MIN_LENGTH, MAX_LENGTH = 1, 10

_ALPHABETS = {
    "digits": string.digits,
    "lower": string.ascii_lowercase,
    "upper": string.ascii_uppercase,
    "mixed": string.digits + string.ascii_letters,
    "codes": string.digits + string.ascii_uppercase,
    "hex": string.digits + "abcdef",
}
SYMBOLS = "+-*/=?.:#"
CHARACTERS = string.digits + string.ascii_letters + SYMBOLS
TIMES = "\N{MULTIPLICATION SIGN}"  # It looks like an x, and is labelled as one.
SHOWN = CHARACTERS + TIMES
_PLATES = (
    *("AAA000", "AAA0000", "AA00AAA", "000AAA", "0AAA000", "AA000AA", "A00000", "AAA00"),
    *("00A000", "AA0000", "0000AA", "A000AAA", "AAAA00", "AAAAA", "A0000"),
)
_OPERATORS = "++--*x/" + TIMES
_USUAL_LENGTHS = (4, 5, 6)


def draw_text(kind: str, random: np.random.Generator) -> str:
    """Return a random text of 1 to 10 characters, as it is shown.

    Args:
        kind: one of `KINDS`.
        random: the source of randomness.

    Raises:
        KeyError: the kind is unknown.
    """
    if kind in _FORMS:
        return _FORMS[kind](random)
    return _word(_ALPHABETS[kind], _length(random), random)


def label_of(shown: str) -> str:
    """Return the label of a text that is shown, over `CHARACTERS`."""
    return shown.replace(TIMES, "x")


def _word(alphabet: str, length: int, random: np.random.Generator) -> str:
    return "".join(pick(random, alphabet) for _ in range(length))


def _length(random: np.random.Generator) -> int:
    if happens(random, 0.6):
        return pick(random, _USUAL_LENGTHS)
    return whole(random, 3, MAX_LENGTH)


def _sum(random: np.random.Generator) -> str:
    """Return a sum such as `12+8`, `3x4=` or `7-2=?`."""
    largest = pick(random, (9, 20, 99))
    left, right = whole(random, 0, largest), whole(random, 0, largest)
    return f"{left}{pick(random, _OPERATORS)}{right}{pick(random, ('', '=', '=?'))}"


def _decimal(random: np.random.Generator) -> str:
    """Return a number with one point, such as `0.75` or `1234.5`."""
    behind = whole(random, 1, 3)
    before = whole(random, 1, min(6, MAX_LENGTH - 1 - behind))
    return f"{_digits(before, random)}.{_digits(behind, random)}"


def _digits(length: int, random: np.random.Generator) -> str:
    return _word(string.digits, length, random)


def _signed(random: np.random.Generator) -> str:
    """Return a negative number, such as `-4.5` or `-12`."""
    point = f".{pick(random, string.digits)}" if happens(random, 0.6) else ""
    return f"-{_digits(whole(random, 1, 3), random)}{point}"


def _clock(random: np.random.Generator) -> str:
    """Return a time, such as `7:05` or `12:30:59`."""
    hours = whole(random, 0, 23)
    seconds = f":{whole(random, 0, 59):02}" if happens(random, 0.3) else ""
    return f"{hours:{pick(random, ('02', '1'))}}:{whole(random, 0, 59):02}{seconds}"


def _tag(random: np.random.Generator) -> str:
    """Return a number behind a hash, or groups with a sign between them."""
    if happens(random, 0.5):
        return f"#{_word(pick(random, _TAGS), whole(random, 2, 8), random)}"
    groups = [_word(pick(random, _TAGS), whole(random, 1, 4), random) for _ in range(2)]
    return pick(random, "-/:.").join(groups)


def _plate(random: np.random.Generator) -> str:
    """Return the serial number of a plate, without its gap."""
    if happens(random, 0.2):
        return _word(_ALPHABETS["codes"], whole(random, 2, 8), random)
    alphabets = {"A": string.ascii_uppercase, "0": string.digits}
    return "".join(pick(random, alphabets[place]) for place in pick(random, _PLATES))


_TAGS = (string.digits, _ALPHABETS["codes"])
_FORMS: dict[str, Callable[[np.random.Generator], str]] = {
    "sums": _sum,
    "decimals": _decimal,
    "few": lambda random: _digits(pick(random, (1, 2, 2, 3, 3)), random),
    "signed": _signed,
    "clocks": _clock,
    "tags": _tag,
    "plates": _plate,
}
KINDS = (*_ALPHABETS, *_FORMS)
