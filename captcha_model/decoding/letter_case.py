"""The case of letters: pairs of characters, and texts in one case.

Two characters are one letter in two cases if each is the other's simple case mapping: "a" and "A",
"é" and "É". A character whose other case is another number of characters, or does not lead back to
it, has no other case here and always stays as it is: "ß", "İ", "ı", the final "ς", and all digits
and signs.
"""

from functools import lru_cache
from typing import Literal, TypeAlias, get_args

Case: TypeAlias = Literal["keep", "ignore", "lower", "upper"]
"""What is done with the case of letters:

- `keep`: the two cases of a letter are two characters, as the vocabulary has them.
- `ignore`: they are one character, which is shown in its likelier case.
- `lower`, `upper`: they are one character, which is shown in that case.
"""
CASES: tuple[Case, ...] = get_args(Case)


@lru_cache(maxsize=4096)
def other_case(character: str) -> str | None:
    """Return the other case of a letter; None for a character without a simple one."""
    upper, lower = character.upper(), character.lower()
    if len(upper) == 1 and upper != character and upper.lower() == character:
        return upper
    if len(lower) == 1 and lower != character and lower.upper() == character:
        return lower
    return None


def in_case(text: str, case: Case) -> str:
    """Return a text with its letters in lower or in upper case, as long as before.

    Args:
        text: any text.
        case: "keep" and "ignore" leave it as it is.
    """
    if case not in ("lower", "upper"):
        return text
    # Not `text.lower()`, which turns "İ" into two characters and the last letter of "ΑΣ" into "ς".
    return "".join(c if other_case(c) is None else getattr(c, case)() for c in text)


def comparable(text: str, case: Case) -> str:
    """Return what two texts have in common if they are equal in a case.

    Args:
        text: any text.
        case: with "ignore", equal texts may differ in their case.
    """
    return in_case(text, "lower" if case == "ignore" else case)


@lru_cache(maxsize=16)
def case_pairs(characters: str) -> tuple[tuple[int, int], ...]:
    """Return the ids, from 1, of the letters that a vocabulary has in both cases.

    Args:
        characters: the vocabulary in the order of its ids.

    Returns:
        Pairs (lower, upper), in the order of the lower ones.
    """
    ids = {c: i for i, c in enumerate(characters, start=1)}
    pairs = ((i, ids.get(other_case(c) or "")) for c, i in ids.items() if in_case(c, "lower") == c)
    return tuple((lower, upper) for lower, upper in pairs if upper is not None)
