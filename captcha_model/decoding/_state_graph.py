"""The states of an automaton as a graph: distances and the longest path."""

from collections import deque
from collections.abc import Iterable, Sequence
from typing import TypeAlias

# The next state by symbol, for every state. After a symbol that is missing nothing is accepted.
Transitions: TypeAlias = list[dict[int, int]]


def distances_from_start(transitions: Transitions) -> dict[int, int]:
    """Return the least number of characters from state 0 to each reachable one, nearest first."""
    return _distances([following.values() for following in transitions], [0])


def distances_to_accepting(transitions: Transitions, accepting: Sequence[bool]) -> dict[int, int]:
    """Return the least number of characters from states to an accepting one, nearest first."""
    backwards: list[list[int]] = [[] for _ in transitions]
    for state, following in enumerate(transitions):
        for to in following.values():
            backwards[to].append(state)
    return _distances(backwards, [state for state, accepts in enumerate(accepting) if accepts])


def longest_path(transitions: Transitions) -> int | None:
    """Return the length of the longest path from state 0; None if there is a loop.

    Args:
        transitions: of states that are all reachable from state 0.
    """
    arriving = [0] * len(transitions)
    for following in transitions:
        for to in following.values():
            arriving[to] += 1
    longest = [0] * len(transitions)
    # In topological order, which states on a loop and behind it never enter.
    queue = deque([0] if not arriving[0] else [])
    done = 0
    while queue:
        state = queue.popleft()
        done += 1
        for to in transitions[state].values():
            longest[to] = max(longest[to], longest[state] + 1)
            arriving[to] -= 1
            if not arriving[to]:
                queue.append(to)
    return max(longest) if done == len(longest) else None


def _distances(neighbours: Sequence[Iterable[int]], start: Iterable[int]) -> dict[int, int]:
    found = dict.fromkeys(start, 0)
    queue = deque(found)
    while queue:
        state = queue.popleft()
        for to in neighbours[state]:
            if to not in found:
                found[to] = found[state] + 1
                queue.append(to)
    return found
