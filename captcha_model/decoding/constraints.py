"""What a reader may know of a text beforehand: its characters, its length, or what stands where."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from captcha_model.errors import ConstraintError
from captcha_model.vocabulary import BLANK, Vocabulary

Mask: TypeAlias = npt.NDArray[np.bool_]
Length: TypeAlias = int | tuple[int | None, int | None]

MAX_PLACES = 1024
# One place: an escape such as \d, a class in brackets, or any other character; then {n} perhaps.
_PLACE = re.compile(r"(\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|[^\\\[\](){}*+?|^$])(?:\{(\d{1,4})\})?")


@dataclass(frozen=True)
class Constraint:
    """The texts that may be read.

    Attributes:
        allowed: shape (P, C), which classes may stand in each of the first P places; class 0 never.
            A place behind them allows what the last row does, and no row allows everything.
        shortest: the least number of characters.
        longest: the greatest; None is no limit.
    """

    allowed: Mask
    shortest: int = 0
    longest: int | None = None

    @classmethod
    def parse(
        cls,
        vocabulary: Vocabulary,
        *,
        charset: str | None = None,
        length: Length | None = None,
        pattern: str | None = None,
    ) -> "Constraint | None":
        r"""Build a constraint from what users say; None where they say nothing.

        Args:
            vocabulary: of the model.
            charset: the only characters that a text may have; those that the model does not know
                do not count.
            length: the number of characters, or (least, most), of which either may be None.
            pattern: a class of characters for every place, in the notation of regular expressions
                without repetition but {n}: "[a-f]{2}\d{4}", ".{5}", "AB-\d\d". It decides the
                length too.

        Raises:
            ConstraintError: one of them cannot be understood, or together they leave no text.
        """
        if charset is None and length is None and pattern is None:
            return None
        everything = np.arange(vocabulary.classes) > 0
        characters = everything if charset is None else _mask(vocabulary, charset)
        shortest, longest = _bounds(length)
        if pattern is None:
            found = cls(characters[None], shortest, longest)
        else:
            rows = _parse_pattern(pattern, vocabulary)
            if not shortest <= len(rows) <= (len(rows) if longest is None else longest):
                raise ConstraintError(
                    f"The pattern {pattern!r} is for {len(rows)} characters, and the length is "
                    f"said to be another."
                )
            found = cls(np.stack(rows) & characters, len(rows), len(rows))
        if (longest is None or longest > 0) and not found.allowed.any(axis=1).all():
            raise ConstraintError(
                "No text is left: the model knows none of the characters that may stand in a "
                f"place. It knows {vocabulary.characters!r}."
            )
        return found

    def rows(self, places: int) -> Mask:
        """Return which classes may stand in each of the first places: shape (places, C)."""
        rows: Mask = self.allowed[np.minimum(np.arange(places), len(self.allowed) - 1)]
        return rows

    def allows_length(self, length: int) -> bool:
        """Whether a text may have so many characters."""
        return self.shortest <= length and (self.longest is None or length <= self.longest)

    def allows(self, ids: Sequence[int]) -> bool:
        """Whether a text of ids from 1 may be read."""
        allowed = self.rows(len(ids))[np.arange(len(ids)), list(ids)]
        return self.allows_length(len(ids)) and bool(allowed.all())

    @property
    def counts(self) -> int:
        """How many characters a search must count; it need not tell more of them apart."""
        if self.longest is not None:
            return self.longest
        return max(self.shortest, len(self.allowed) - 1)

    @property
    def anywhere(self) -> Mask:
        """Which classes some step may have: those of some place, and no character. Shape (C,)."""
        some = np.zeros(self.allowed.shape[1], bool)
        some[:] = self.allowed.any(axis=0)
        some[BLANK] = True
        return some

    def within(self, steps: int) -> "Constraint":
        """Return the same for a network of `steps` time steps, which holds no longer texts.

        Raises:
            ConstraintError: a text must be longer than that.
        """
        if self.shortest > steps:
            raise ConstraintError(
                f"The model reads up to {steps} characters. Asked for: {self.shortest}"
            )
        if self.longest is None or self.longest <= steps:
            return self
        return replace(self, longest=steps)


def _mask(vocabulary: Vocabulary, characters: str) -> Mask:
    if not isinstance(characters, str):
        raise ConstraintError(f"charset is a text of characters. Received: {characters!r}")
    return np.array([False, *(c in characters for c in vocabulary.characters)])


def _bounds(length: Length | None) -> tuple[int, int | None]:
    if length is None:
        return 0, None
    bounds = tuple(length) if isinstance(length, (tuple, list)) else (length, length)
    if len(bounds) == 2 and all(b is None or type(b) is int for b in bounds):
        low, high = bounds[0] or 0, bounds[1]
        if 0 <= low <= MAX_PLACES and (high is None or low <= high <= MAX_PLACES):
            return low, high
    raise ConstraintError(
        f"length is a whole number from 0 to {MAX_PLACES}, or (least, most). Received: {length!r}"
    )


def _plain(place: str) -> str:
    r"""Escape in a class what Python warns of, because [[, &&, || and ~~ may come to mean sets."""
    if not place.startswith("["):
        return place
    return "[" + re.sub(r"\\.|[\[&|~]", lambda found: "\\" + found[0][-1], place[1:])


def _parse_pattern(pattern: str, vocabulary: Vocabulary) -> list[Mask]:
    """Return which classes may stand in each place."""
    if not isinstance(pattern, str):
        raise ConstraintError(f"pattern is a text. Received: {pattern!r}")
    rows: list[Mask] = []
    position = 0
    while position < len(pattern):
        place = _PLACE.match(pattern, position)
        try:
            # What a class means is for Python's own regular expressions to say.
            test = re.compile(_plain(place[1])) if place else None
        except re.error:
            test = None
        if place is None or test is None:
            raise ConstraintError(
                f"The pattern {pattern!r} cannot be understood at {pattern[position:]!r}. It has a "
                "character, \\d, . or [...] for every place, each perhaps followed by {n}."
            )
        count = 1 if place[2] is None else int(place[2])
        known = [test.fullmatch(c) is not None for c in vocabulary.characters]
        rows += [np.array([False, *known])] * count
        if len(rows) > MAX_PLACES:
            raise ConstraintError(f"A pattern has up to {MAX_PLACES} places.")
        position = place.end()
    if not rows:
        raise ConstraintError("A pattern has at least one place.")
    return rows
