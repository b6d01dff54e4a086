"""What is known of the texts before they are read: their characters, length or pattern."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np

from captcha_model.decoding.automaton import Automaton, Mask
from captcha_model.decoding.pattern_automaton import build_automaton
from captcha_model.decoding.patterns import MAX_LENGTH, parse_pattern
from captcha_model.errors import ConstraintError
from captcha_model.vocabulary import BLANK, Vocabulary

Length: TypeAlias = int | tuple[int | None, int | None]


@dataclass(frozen=True, eq=False)
class Constraint:
    """The allowed texts.

    Attributes:
        automaton: accepts them.
    """

    automaton: Automaton

    @classmethod
    def parse(
        cls,
        vocabulary: Vocabulary,
        *,
        charset: str | None = None,
        length: Length | None = None,
        pattern: str | None = None,
    ) -> "Constraint | None":
        r"""Build a constraint from what users know of the texts.

        Args:
            vocabulary: of the model.
            charset: the only characters of a text; those that the model does not know are ignored.
            length: the number of characters, or (least, most), either of which may be None.
            pattern: what the whole text looks like, in the notation of regular expressions, such as
                "[a-f]{2}\d{4}" or "AB-\d{3,5}|[xyz]+"; see `captcha_model.decoding.patterns`.

        Returns:
            The texts that satisfy all of them; None if none is given.

        Raises:
            ConstraintError: one of them is not valid, or the model can read no such text.
        """
        if charset is None and length is None and pattern is None:
            return None
        allowed = _classes(vocabulary, charset)
        shortest, longest = length_bounds(length)
        if pattern is None:
            automaton: Automaton | None = Automaton.of_length(allowed, shortest, longest)
            is_empty = longest != 0 and not allowed.any()
        else:
            node = parse_pattern(pattern)
            if not node.size:
                raise ConstraintError("A pattern has at least one position.")
            automaton = build_automaton(node, vocabulary.characters, allowed)
            is_empty = automaton is None or automaton.longest == 0
        if is_empty or automaton is None:
            raise ConstraintError(
                "No text is left: the model knows only the characters "
                f"{vocabulary.characters!r:.200}."
            )
        bounded = automaton.with_length(shortest, longest)
        if bounded is None:
            raise ConstraintError(
                f"No text that matches the pattern {pattern!r:.100} has the length {length!r}."
            )
        return cls(bounded)

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
        automaton = self.automaton.within(steps)
        if automaton is None:
            raise ConstraintError(
                f"The model reads up to {steps} characters. The shortest allowed text has "
                f"{self.shortest}."
            )
        return self if automaton is self.automaton else Constraint(automaton)


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


def _classes(vocabulary: Vocabulary, charset: str | None) -> Mask:
    """Return which classes a text may have: shape (C,)."""
    if charset is None:
        return np.arange(vocabulary.classes) != BLANK
    if not isinstance(charset, str):
        raise ConstraintError(f"charset must be a string. Received: {charset!r:.100}")
    allowed = set(charset)
    return np.array([False, *(c in allowed for c in vocabulary.characters)])
