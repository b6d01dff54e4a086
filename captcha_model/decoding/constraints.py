"""What is known of the texts before they are read: their characters, length or pattern."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TypeAlias

import numpy as np

from captcha_model.decoding.automaton import Automaton, Mask
from captcha_model.decoding.letter_case import Case, in_case, other_case
from captcha_model.decoding.pattern_automaton import build_automaton
from captcha_model.decoding.patterns import MAX_LENGTH, parse_pattern
from captcha_model.decoding.unread_characters import (
    known_once,
    unread_in_charset,
    unread_in_pattern,
)
from captcha_model.errors import ConstraintError
from captcha_model.vocabulary import BLANK, Vocabulary

Length: TypeAlias = int | tuple[int | None, int | None]


@dataclass(frozen=True, eq=False)
class Constraint:
    """The allowed texts.

    Attributes:
        automaton: accepts them.
        warnings: what of the constraint the model cannot read, in sentences for a person.
    """

    automaton: Automaton
    warnings: tuple[str, ...] = ()

    @classmethod
    def parse(
        cls,
        vocabulary: Vocabulary,
        *,
        charset: str | None = None,
        length: Length | None = None,
        pattern: str | None = None,
        case: Case = "keep",
    ) -> "Constraint | None":
        r"""Build a constraint from what users know of the texts.

        Args:
            vocabulary: of the model.
            charset: the only characters of a text. Those that the model does not know cannot be
                read, which the constraint's `warnings` say.
            length: the number of characters, or (least, most), either of which may be None.
            pattern: what the whole text looks like, in the notation of regular expressions, such as
                "[a-f]{2}\d{4}" or "AB-\d{3,5}|[xyz]+"; see `captcha_model.decoding.patterns`.
            case: with "lower" or "upper", charset and pattern are of texts in that case; with
                "ignore" each of their letters stands for both cases. The classes of both cases of
                a letter are then allowed in the same places.

        Returns:
            The texts that satisfy all of them; None if they are all texts.

        Raises:
            ConstraintError: one of them is not valid, the model can read no such text, or it knows
                characters of them only in the other case.
        """
        shortest, longest = length_bounds(length)
        if charset is None and (shortest, longest) == (0, None) and pattern is None:
            return None
        if charset is not None and not isinstance(charset, str):
            raise ConstraintError(f"charset must be a string. Received: {charset!r:.100}")
        characters = in_case(vocabulary.characters, case)
        if charset is not None and case == "ignore":
            charset = _in_known_cases(charset, characters)
        if pattern is None:
            unread = unread_in_charset(characters, charset)
            return cls(_without_pattern(characters, charset, shortest, longest), unread)
        if vocabulary.reading_order == "logical":
            raise ConstraintError(
                "A pattern cannot be used with this model, because its texts are not in the order "
                'of the picture (reading_order is "logical"). Use charset and length.'
            )
        if not isinstance(pattern, str):
            raise ConstraintError(f"pattern must be a string. Received: {pattern!r:.100}")
        flags = re.IGNORECASE if case == "ignore" else re.NOFLAG
        found, unread = _of_pattern(characters, charset, shortest, longest, pattern, flags)
        if found is None:
            raise ConstraintError(
                f"No text that matches the pattern {pattern!r:.100} has the length {length!r}."
            )
        return cls(found, unread)

    @property
    def shortest(self) -> int:
        """The least number of characters."""
        return self.automaton.shortest

    @property
    def longest(self) -> int | None:
        """The greatest number of characters; None if there is no limit."""
        return self.automaton.longest

    @cached_property
    def anywhere(self) -> Mask:
        """The classes that a step may have: those of the allowed texts, and the blank. (C,)."""
        found = np.any(self.automaton.rows, axis=0)
        found[BLANK] = True
        return found

    def allows(self, ids: Sequence[int]) -> bool:
        """Return whether a text of ids from 1 is allowed."""
        return self.automaton.accepts(ids)

    def within(self, steps: int) -> "Constraint":
        """Return the constraint for a network whose time steps limit the length of texts.

        Args:
            steps: the number of time steps, or of positions.

        Raises:
            ConstraintError: all allowed texts are longer.
        """
        automaton = _within(self.automaton, steps)
        if automaton is None:
            raise ConstraintError(
                f"The model reads up to {steps} characters. The shortest allowed text has "
                f"{self.shortest}."
            )
        return self if automaton is self.automaton else Constraint(automaton, self.warnings)


def length_bounds(length: Length | None) -> tuple[int, int | None]:
    """Return the least and the greatest length; None is no limit.

    Raises:
        ConstraintError: it is not a length.
    """
    if length is None:
        return 0, None
    bounds = tuple(length) if isinstance(length, (tuple, list)) else (length, length)
    if len(bounds) == 2 and all(b is None or type(b) is int for b in bounds):
        low, high = bounds[0] or 0, bounds[1]
        if 0 <= low <= MAX_LENGTH and (high is None or low <= high <= MAX_LENGTH):
            return low, high
    raise ConstraintError(
        f"length is a whole number from 0 to {MAX_LENGTH}, or (least, most). Received: {length!r}"
    )


# Servers receive the same constraints again and again.
@lru_cache(maxsize=16)
def _of_pattern(
    characters: str,
    charset: str | None,
    shortest: int,
    longest: int | None,
    pattern: str,
    flags: re.RegexFlag,
) -> tuple[Automaton | None, tuple[str, ...]]:
    """Build the automaton of a pattern; None if no text that matches it has such a length."""
    node = parse_pattern(pattern)
    if not node.size:
        raise ConstraintError("A pattern has at least one position.")
    unread = unread_in_charset(characters, charset) + unread_in_pattern(characters, node, flags)
    automaton = build_automaton(node, characters, _classes(characters, charset), flags)
    if automaton is None or automaton.longest == 0:
        raise _nothing_left(characters)
    return automaton.with_length(shortest, longest), unread


@lru_cache(maxsize=16)
def _without_pattern(
    characters: str, charset: str | None, shortest: int, longest: int | None
) -> Automaton:
    allowed = _classes(characters, charset)
    if longest != 0 and not allowed.any():
        raise _nothing_left(characters)
    return Automaton.of_length(allowed, shortest, longest)


@lru_cache(maxsize=16)
def _within(automaton: Automaton, steps: int) -> Automaton | None:
    return automaton.within(steps)


def _in_known_cases(charset: str, characters: str) -> str:
    """Return a charset with both cases of its letters, as far as the model knows them."""
    both = ((c, other_case(c) or c) for c in charset)
    known = (dict.fromkeys(c for c in pair if c in characters) or pair[:1] for pair in both)
    return "".join(c for cases in known for c in cases)


def _nothing_left(characters: str) -> ConstraintError:
    return ConstraintError(
        f"No text is left: the model knows only the characters {known_once(characters)!r:.200}."
    )


def _classes(characters: str, charset: str | None) -> Mask:
    """Return which classes a text may have: shape (C,)."""
    chosen = set(characters if charset is None else charset)
    return np.array([False, *(c in chosen for c in characters)])
