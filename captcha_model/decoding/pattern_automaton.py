"""From a pattern to the deterministic automaton of the texts that match it.

Glushkov's construction gives a nondeterministic automaton whose states are the positions of the
pattern; the subset construction makes it deterministic. Sets of positions are integers, one bit a
position, so that joining two sets is one operation.
"""

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from captcha_model.decoding._state_graph import Transitions
from captcha_model.decoding.automaton import (
    Automaton,
    Integers,
    Mask,
    check_size,
)
from captcha_model.decoding.patterns import Choice, Concatenation, Node, OneOf, Repeat, escape_class
from captcha_model.errors import ConstraintError

# The positions that the subset construction looks at, and the transitions that it makes.
MAX_WORK = 2**16


def build_automaton(
    node: Node, characters: str, allowed: Mask, flags: re.RegexFlag = re.NOFLAG
) -> Automaton | None:
    """Build the automaton of the texts that match a pattern.

    Args:
        node: the parsed pattern.
        characters: the vocabulary in the order of its ids.
        allowed: shape (C,), the classes that may occur at all.
        flags: of the matching of a character, such as `re.IGNORECASE`.

    Returns:
        None if no text matches.

    Raises:
        ConstraintError: the automaton is too large.
    """
    positions = _Positions([], [])
    whole = positions.add(node)
    symbols, members = _symbols(positions.characters, characters, allowed, flags)
    last = sum(1 << p for p in set(whole.last))
    # States whose positions have the same followers accept the same texts, so a state is known by
    # the positions that may come next and by whether the text may end.
    states = {(whole.first, whole.empty): 0}
    queue = deque(states)
    transitions: Transitions = []
    edges = work = 0
    while queue:
        following_positions, _ = queue.popleft()
        following: dict[int, int] = {}
        for symbol, its_positions in enumerate(members, start=1):
            reached = following_positions & its_positions
            if not reached:
                continue
            after = 0
            for position in _bits(reached):
                after |= positions.followers[position]
            state = (after, bool(reached & last))
            if state not in states:
                queue.append(state)
            following[symbol] = states.setdefault(state, len(states))
            work += reached.bit_count()
        transitions.append(following)
        edges += len(set(following.values()))
        check_size(edges)
        if work > MAX_WORK:
            raise ConstraintError(
                "The pattern is too complex. Use fewer alternatives and repetitions."
            )
    return Automaton.trimmed(transitions, [accepts for _, accepts in states], symbols)


@dataclass(frozen=True)
class _Fragment:
    """A part of a pattern.

    Attributes:
        empty: whether it matches the empty text.
        first: the set of positions at which a match may begin.
        last: the positions at which it may end.
    """

    empty: bool
    first: int
    last: list[int]


@dataclass(frozen=True)
class _Positions:
    """The positions of a pattern, in order.

    Attributes:
        characters: the class of each.
        followers: the set of positions that may come next after each.
    """

    characters: list[str]
    followers: list[int]

    def add(self, node: Node) -> _Fragment:
        """Write out a part of the pattern, and return its ends."""
        match node:
            case OneOf(characters):
                position = len(self.characters)
                self.characters.append(characters)
                self.followers.append(0)
                return _Fragment(False, 1 << position, [position])
            case Choice(alternatives):
                fragments = [self.add(each) for each in alternatives]
                first = 0
                for fragment in fragments:
                    first |= fragment.first
                last = [p for fragment in fragments for p in fragment.last]
                return _Fragment(any(f.empty for f in fragments), first, last)
            case Concatenation(parts):
                whole = _Fragment(True, 0, [])
                for part in parts:
                    whole = self._joined(whole, self.add(part))
                return whole
            case Repeat(part, least, most):
                return self._repeated(part, least, most)

    def _joined(self, left: _Fragment, right: _Fragment) -> _Fragment:
        self._follow(left.last, right.first)
        return _Fragment(
            left.empty and right.empty,
            left.first | right.first if left.empty else left.first,
            left.last + right.last if right.empty else right.last,
        )

    def _repeated(self, part: Node, least: int, most: int | None) -> _Fragment:
        """Write a repetition out: x{1,3} as x(x(x)?)?, and x{2,} as xx with a loop at its end."""
        copies = [self.add(part) for _ in range(max(least, 1) if most is None else most)]
        for one, other in pairwise(copies):
            self._follow(one.last, other.first)
        if most is None:
            self._follow(copies[-1].last, copies[-1].first)
        empty = copies[0].empty or least == 0
        may_end = copies if empty else copies[least - 1 :]
        return _Fragment(empty, copies[0].first, [p for copy in may_end for p in copy.last])

    def _follow(self, last: list[int], first: int) -> None:
        for position in last:
            self.followers[position] |= first


def _symbols(
    classes: list[str], characters: str, allowed: Mask, flags: re.RegexFlag
) -> tuple[Integers, list[int]]:
    """Group the characters of a vocabulary by the positions at which they may stand.

    Returns:
        The symbol of every class, shape (C,), 0 if it may stand nowhere; and for each symbol from
        1 the set of its positions.
    """
    sets: dict[str, int] = {}
    for position, name in enumerate(classes):
        sets[name] = sets.get(name, 0) | 1 << position
    matched = np.zeros((len(sets), len(allowed)), np.bool_)
    for row, name in zip(matched, sets, strict=True):
        # A class matches one character, so a run of matches is a run of its characters.
        for run in re.finditer(f"(?:{escape_class(name)})+", characters, flags):
            row[run.start() + 1 : run.end() + 1] = True
    matched &= allowed
    # The blank matches nothing, so the first of the sorted columns is the one without positions.
    columns = np.packbits(matched, axis=0).T
    _, first, symbols = np.unique(columns, axis=0, return_index=True, return_inverse=True)
    every_set = list(sets.values())
    members = []
    for column in matched.T[first[1:]]:
        together = 0
        for index in np.flatnonzero(column).tolist():
            together |= every_set[index]
        members.append(together)
    return symbols.reshape(-1), members


def _bits(number: int) -> Iterator[int]:
    """Yield the bits that are set, from the lowest on."""
    while number:
        lowest = number & -number
        yield lowest.bit_length() - 1
        number ^= lowest
