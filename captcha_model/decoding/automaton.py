"""Deterministic finite automata over the classes of a network: the allowed texts of a constraint.

An automaton reads a text character by character and ends in one state, so a search or a sum that
keeps one entry for every state counts each text once.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from captcha_model.decoding._state_graph import (
    Transitions,
    distances_from_start,
    distances_to_accepting,
    longest_path,
)
from captcha_model.errors import ConstraintError

Mask: TypeAlias = npt.NDArray[np.bool_]
Integers: TypeAlias = npt.NDArray[np.intp]
Bytes: TypeAlias = npt.NDArray[np.uint8]
# Searches and sums take time and memory in proportion to the number of edges.
MAX_EDGES = 1024


class Edge(NamedTuple):
    """All transitions from one state to another.

    Attributes:
        source: the state before the character.
        target: the state after it.
        row: the row of `Automaton.rows` with the characters that lead there.
    """

    source: int
    target: int
    row: int


@dataclass(frozen=True, eq=False)
class Automaton:
    """The texts that lead from state 0 to an accepting state.

    Every state is on the path of such a text; `trimmed` removes all others.

    Attributes:
        transitions: the next state by symbol, for each of S states.
        accepting: for each state, whether a text may end there.
        symbols: shape (C,), the symbol of each class. Classes with the same symbol are
            interchangeable. Symbol 0 has no transition; it is that of the blank.
    """

    transitions: Transitions
    accepting: list[bool]
    symbols: Integers

    @classmethod
    def trimmed(
        cls, transitions: Transitions, accepting: Sequence[bool], symbols: Integers
    ) -> "Automaton | None":
        """Build an automaton without the states that no accepted text passes through.

        Returns:
            None if no text is accepted.
        """
        useful = distances_to_accepting(transitions, accepting)
        reached = distances_from_start(transitions)
        order = {state: n for n, state in enumerate(s for s in reached if s in useful)}
        if 0 not in order:
            return None
        kept = [
            {symbol: order[to] for symbol, to in transitions[state].items() if to in order}
            for state in order
        ]
        return cls(kept, [accepting[state] for state in order], symbols)

    @classmethod
    def of_length(cls, allowed: Mask, shortest: int, longest: int | None) -> "Automaton":
        """Build the automaton of all texts of some characters, within bounds of the length.

        Args:
            allowed: shape (C,), the classes of those characters.
            shortest: the least number of characters.
            longest: the greatest; None for no limit.
        """
        states = (shortest if longest is None else longest) + 1
        transitions: Transitions = [{1: state + 1} for state in range(states)]
        transitions[-1] = {1: states - 1} if longest is None else {}
        return cls(transitions, [n >= shortest for n in range(states)], allowed.astype(np.intp))

    def with_length(self, shortest: int, longest: int | None) -> "Automaton | None":
        """Return the automaton of the accepted texts within bounds of the length.

        Returns:
            None if there is no such text.

        Raises:
            ConstraintError: it has too many edges.
        """
        if self.shortest >= shortest and (
            longest is None or (self.longest is not None and self.longest <= longest)
        ):
            return self
        rest = distances_to_accepting(self.transitions, self.accepting)
        # The states are pairs of a state here and the number of characters, as far as it matters.
        pairs = {(0, 0): 0}
        most = shortest if longest is None else longest
        transitions: Transitions = []
        edges = 0
        queue = deque(pairs)
        while queue:
            state, count = queue.popleft()
            following: dict[int, int] = {}
            for symbol, to in self.transitions[state].items():
                if longest is not None and count + 1 + rest[to] > longest:
                    continue
                pair = (to, min(count + 1, most))
                if pair not in pairs:
                    queue.append(pair)
                following[symbol] = pairs.setdefault(pair, len(pairs))
            transitions.append(following)
            edges += len(set(following.values()))
            check_size(edges)
        accepting = [self.accepting[state] and count >= shortest for state, count in pairs]
        return Automaton.trimmed(transitions, accepting, self.symbols)

    def within(self, steps: int) -> "Automaton | None":
        """Return the automaton without the states that only longer texts pass through.

        Args:
            steps: the greatest number of characters.

        Returns:
            None if all accepted texts are longer.
        """
        if max(self._shortest_through) <= steps:
            return self
        kept = {state for state, length in enumerate(self._shortest_through) if length <= steps}
        transitions = [
            {symbol: to for symbol, to in following.items() if to in kept}
            for following in self.transitions
        ]
        accepting = [accepts and n in kept for n, accepts in enumerate(self.accepting)]
        return Automaton.trimmed(transitions, accepting, self.symbols)

    def accepts(self, ids: Iterable[int]) -> bool:
        """Return whether a text of ids from 1 is accepted."""
        state = 0
        for symbol in self.symbols[list(ids)].tolist():
            if symbol not in self.transitions[state]:
                return False
            state = self.transitions[state][symbol]
        return self.accepting[state]

    @cached_property
    def shortest(self) -> int:
        """The least number of characters of an accepted text."""
        return distances_to_accepting(self.transitions, self.accepting)[0]

    @cached_property
    def longest(self) -> int | None:
        """The greatest number of characters of an accepted text; None if there is no limit."""
        return longest_path(self.transitions)

    @cached_property
    def _shortest_through(self) -> list[int]:
        """For each state, the least number of characters of an accepted text that passes it."""
        before = distances_from_start(self.transitions)
        after = distances_to_accepting(self.transitions, self.accepting)
        return [before[state] + after[state] for state in range(len(before))]

    @cached_property
    def edges(self) -> list[Edge]:
        """The pairs of states with a transition from the first to the second, sorted by it."""
        return [Edge(*pair, row) for pair, row in self._edges_and_rows[0].items()]

    @cached_property
    def rows(self) -> Mask:
        """The sets of classes of the edges, each once: shape (R, C)."""
        symbols = self._edges_and_rows[1]
        rows = np.zeros((len(symbols), int(self.symbols.max(initial=0)) + 1), np.bool_)
        for row, chosen in zip(rows, symbols, strict=True):
            row[list(chosen)] = True
        return rows[:, self.symbols]

    @cached_property
    def table(self) -> Integers:
        """The next states by state and symbol, shape (S + 1, K); S stands for "none"."""
        states = len(self.transitions)
        table = np.full((states + 1, int(self.symbols.max(initial=0)) + 1), states, np.intp)
        for row, following in zip(table, self.transitions, strict=False):
            row[list(following)] = list(following.values())
        return table

    @cached_property
    def arrays(self) -> tuple[npt.NDArray[np.int64], Bytes, Bytes]:
        """The edges (E, 3), `rows` and `accepting`, as the compiled core takes them."""
        return (
            np.array(self.edges, np.int64).reshape(-1, 3),
            np.ascontiguousarray(self.rows).view(np.uint8),
            np.array(self.accepting, np.uint8),
        )

    @cached_property
    def _edges_and_rows(self) -> tuple[dict[tuple[int, int], int], list[tuple[int, ...]]]:
        symbols: dict[tuple[int, int], list[int]] = {}
        for state, following in enumerate(self.transitions):
            for symbol, to in following.items():
                symbols.setdefault((state, to), []).append(symbol)
        rows: dict[tuple[int, ...], int] = {}
        edges = {
            pair: rows.setdefault(tuple(sorted(chosen)), len(rows))
            for pair, chosen in symbols.items()
        }
        return edges, list(rows)


def check_size(edges: int) -> None:
    """Check the number of edges of an automaton.

    Raises:
        ConstraintError: there are more than `MAX_EDGES`.
    """
    if edges > MAX_EDGES:
        raise ConstraintError(
            f"The pattern is too complex: its automaton has more than {MAX_EDGES} edges. "
            "Use fewer alternatives and repetitions."
        )
