"""The characters of a model whose few labels may not show all of them."""

from collections import Counter
from collections.abc import Iterable
from typing import Literal, TypeAlias, get_args

from captcha_model.decoding.letter_case import case_pairs, other_case

Alphabet: TypeAlias = Literal["auto", "labels", "digits", "lower", "upper", "alnum"]
"""Which characters a model knows beside those of its labels:

- `labels`: no others.
- `digits`, `lower`, `upper`: the digits or the letters from a to z of one case.
- `alnum`: the digits and the letters of both cases.
- `auto`: the rest of each of these classes that the labels show, if characters seem to be missing.
"""
ALPHABETS: tuple[Alphabet, ...] = get_args(Alphabet)

DIGITS, LOWER, UPPER = "0123456789", "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_CLASSES: dict[Alphabet, str] = {
    "labels": "",
    "digits": DIGITS,
    "lower": LOWER,
    "upper": UPPER,
    "alnum": DIGITS + LOWER + UPPER,
}


def characters_of(labels: Iterable[str], alphabet: Alphabet) -> str:
    """Return the vocabulary of a model, in ascending order.

    Args:
        labels: the texts of its images.
        alphabet: which other characters it knows.
    """
    counts = Counter(character for label in labels for character in label)
    more = _CLASSES.get(alphabet, "")
    if alphabet == "auto" and seems_incomplete(counts):
        more = "".join(
            known for known in (DIGITS, LOWER, UPPER) if not counts.keys().isdisjoint(known)
        )
    return "".join(sorted(counts.keys() | set(more)))


def seems_incomplete(counts: Counter[str]) -> bool:
    """Return whether some characters probably occur in no label: if two or more occur only once.

    It is what the estimate of the number of unseen kinds by A. Chao, "Nonparametric estimation of
    the number of classes in a population", 1984, is above 0 for, in the form that needs no kind
    that occurs twice. A character too many costs little, and one that is missing is never read.

    Args:
        counts: how often each character occurs.
    """
    return sum(count == 1 for count in counts.values()) >= 2


def beginnings(characters: str, saved: str) -> list[str]:
    """Return for each character those of a saved model that a training begins it with.

    That is the same one or, where the characters have one case only, both cases of a letter.

    Args:
        characters: of the model that is trained.
        saved: of the model that the training begins with.

    Returns:
        One text for each character, empty where the saved model has none for it.
    """
    has_both = bool(case_pairs(characters))
    others = ((c, None if has_both else other_case(c)) for c in characters)
    return ["".join(c for c in pair if c and c in saved) for pair in others]
