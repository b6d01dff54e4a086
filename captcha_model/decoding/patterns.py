r"""Patterns for whole texts, in the notation of regular expressions.

A pattern has characters, classes (`[a-f]`, `[^0]`, `\d`, `.`), groups `(...)` and `(?:...)`,
alternatives `a|b`, and the repetitions `{n}`, `{m,n}`, `{m,}`, `{,n}`, `?`, `*` and `+`.

The parser is our own because the one of the standard library is private, and because libraries
that turn regular expressions into automata bound neither the time nor the number of states. What
one class means is still decided by `re`.
"""

import re
from dataclasses import dataclass
from typing import TypeAlias

from captcha_model.errors import ConstraintError

MAX_PATTERN = 10_000  # Characters of the pattern itself.
MAX_LENGTH = 1024  # Positions of a pattern, after repetitions are written out.
MAX_DEPTH = 50  # Groups within groups.

# A class in brackets, an escape, or any character without a meaning of its own.
_CLASS = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|[^\\\[\](){}*+?|^$]", re.DOTALL)
_QUANTIFIER = re.compile(r"[?*+]|\{([0-9]{1,4})\}|\{([0-9]{0,4}),([0-9]{0,4})\}")
_ANCHOR = re.compile(r"\^|\$|\\[AZzbB]")
_REFERENCE = re.compile(r"\\[1-9]")
_UNSUPPORTED = "Lookaround, backreferences, names and flags are not supported"


@dataclass(frozen=True)
class OneOf:
    r"""One character of a class, in the notation of `re`: "a", "\d", "[a-f]", "."."""

    characters: str
    size: int = 1


@dataclass(frozen=True)
class Concatenation:
    """Parts one after another; without parts, the empty text.

    Attributes:
        parts: in order.
        size: the number of positions after repetitions are written out, as everywhere here.
    """

    parts: tuple["Node", ...]
    size: int


@dataclass(frozen=True)
class Choice:
    """One of several alternatives."""

    alternatives: tuple["Node", ...]
    size: int


@dataclass(frozen=True)
class Repeat:
    """A part, repeated.

    Attributes:
        part: it has at least one position.
        least: the least number of repetitions.
        most: the greatest, at least 1; None for no limit.
        size: the number of positions.
    """

    part: "Node"
    least: int
    most: int | None
    size: int


Node: TypeAlias = OneOf | Concatenation | Choice | Repeat
EMPTY = Concatenation((), 0)


def parse_pattern(pattern: str) -> Node:
    """Parse a pattern.

    Raises:
        ConstraintError: it is not valid, uses what is not supported, or is too long.
    """
    if len(pattern) > MAX_PATTERN:
        raise ConstraintError(
            f"A pattern has at most {MAX_PATTERN} characters. Received: {len(pattern)}"
        )
    return _Parser(pattern).parse()


class _Parser:
    """A recursive-descent parser of one pattern."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.position = 0
        self.depth = 0

    def parse(self) -> Node:
        node = self.choice()
        if self.position < len(self.pattern):  # Only a closing bracket ends a choice earlier.
            raise self.error("Unmatched )")
        return node

    def choice(self) -> Node:
        alternatives = [self.sequence()]
        while self.at("|"):
            self.position += 1
            alternatives.append(self.sequence())
        if len(alternatives) == 1:
            return alternatives[0]
        nodes = tuple(dict.fromkeys(alternatives))
        size = self.limited(sum(node.size for node in nodes))
        return Choice(nodes, size) if size else EMPTY

    def sequence(self) -> Node:
        parts: list[Node] = []
        size = 0
        while self.position < len(self.pattern) and not self.at("|") and not self.at(")"):
            part = self.repeated(self.one())
            if part.size:
                parts.append(part)
                size = self.limited(size + part.size)
        return parts[0] if len(parts) == 1 else Concatenation(tuple(parts), size)

    def one(self) -> Node:
        if self.at("("):
            return self.group()
        if _QUANTIFIER.match(self.pattern, self.position):
            raise self.error("There is nothing to repeat")
        if self.at("{"):
            raise self.error("Braces hold {n}, {m,n}, {m,} or {,n}; write \\{ for the character")
        if _ANCHOR.match(self.pattern, self.position):
            raise self.error("Anchors are not supported: a pattern matches the whole text")
        found = _CLASS.match(self.pattern, self.position)
        if found is None and self.at("["):
            raise self.error("The class is not closed")
        if found is None or not _is_class(found[0]):
            is_reference = _REFERENCE.match(self.pattern, self.position)
            neither = "This is neither a character nor a class"
            raise self.error(_UNSUPPORTED if is_reference else neither)
        self.position = found.end()
        return OneOf(found[0])

    def group(self) -> Node:
        start = self.position
        if self.at("(?") and not self.at("(?:"):
            raise self.error(_UNSUPPORTED)
        if self.depth == MAX_DEPTH:
            raise self.error(f"Groups are nested more than {MAX_DEPTH} deep")
        self.position += 3 if self.at("(?:") else 1
        self.depth += 1
        node = self.choice()
        self.depth -= 1
        if not self.at(")"):
            self.position = start
            raise self.error("The group is not closed")
        self.position += 1
        return node

    def repeated(self, node: Node) -> Node:
        found = _QUANTIFIER.match(self.pattern, self.position)
        if found is None:
            return node
        least, most = _bounds(found)
        if most is not None and most < least:
            raise self.error("The least number of repetitions is greater than the greatest")
        self.position = found.end()
        if _QUANTIFIER.match(self.pattern, self.position):
            raise self.error("A repetition cannot follow another one")
        if most == 0 or not node.size:
            return EMPTY
        size = self.limited(node.size * (max(least, 1) if most is None else most))
        return Repeat(node, least, most, size)

    def at(self, text: str) -> bool:
        return self.pattern.startswith(text, self.position)

    def limited(self, size: int) -> int:
        if size > MAX_LENGTH:
            raise ConstraintError(
                f"A pattern has at most {MAX_LENGTH} positions after repetitions are written out. "
                f"Received: {_shortened(self.pattern)}"
            )
        return size

    def error(self, reason: str) -> ConstraintError:
        return ConstraintError(
            f"The pattern {_shortened(self.pattern)} cannot be understood at "
            f"{_shortened(self.pattern[self.position :])}. {reason}."
        )


def escape_class(characters: str) -> str:
    r"""Escape in a class what Python warns of, because [[, &&, || and ~~ may come to mean sets."""
    if not characters.startswith("["):
        return characters
    return "[" + re.sub(r"\\.|[\[&|~]", lambda found: "\\" + found[0][-1], characters[1:])


def _is_class(characters: str) -> bool:
    try:
        re.compile(escape_class(characters))
    except re.error:
        return False
    return True


def _bounds(quantifier: re.Match[str]) -> tuple[int, int | None]:
    """Return the least and the greatest number of repetitions."""
    exact, least, most = quantifier.groups()
    if exact is not None:
        return int(exact), int(exact)
    if least is not None:
        return int(least or 0), int(most) if most else None
    return {"?": (0, 1), "*": (0, None), "+": (1, None)}[quantifier[0]]


def _shortened(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "...")
