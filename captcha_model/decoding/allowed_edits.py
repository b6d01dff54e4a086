"""Which of the texts one edit away a constraint allows."""

from dataclasses import replace

import numpy as np

from captcha_model.decoding.best_path import Ids
from captcha_model.decoding.constraints import Constraint
from captcha_model.decoding.lattices import Neighbours, pad


def only_allowed(found: Neighbours, texts: list[Ids], constraint: Constraint) -> Neighbours:
    """Return neighbours with probability 0 for the texts that the constraint does not allow.

    An edited text is allowed if, from the state that the edit leads to, the rest of the text ends
    in an accepting state.

    Args:
        found: the neighbours of N texts.
        texts: the N texts as ids from 1.
        constraint: the allowed texts.
    """
    automaton = constraint.automaton
    table, dead = automaton.table, len(automaton.transitions)
    ids, lengths = pad(texts)
    count, longest = ids.shape
    symbols = automaton.symbols[ids].T
    image = np.arange(count)[:, None]
    # The states before each position, and whether the rest of the text from there on leads from
    # each state to an accepting one. Padding leaves the state as it is.
    before = np.zeros((count, longest + 1), np.intp)
    rest = np.zeros((count, longest + 1, dead + 1), np.bool_)
    rest[:, longest, :-1] = automaton.accepting
    for position, chosen in enumerate(symbols):
        before[:, position + 1] = table[before[:, position], chosen]
    moves = table.T[symbols]
    if (lengths < longest).any():
        moves = np.where(
            (np.arange(longest)[:, None] < lengths)[..., None], moves, np.arange(dead + 1)
        )
    for position in range(longest - 1, -1, -1):
        rest[:, position] = rest[image, position + 1, moves[position]]

    after = table[before]  # The next state by symbol, (N, L + 1, K).
    positions = np.arange(longest + 1)
    # With each symbol at a position, the rest behind it, or the same position again, must follow.
    inserted = rest[image[..., None], positions[:, None], after]
    replaced = rest[image[..., None], positions[1:, None], after[:, :-1]]
    removed = rest[image, positions[1:], before[:, :-1]]
    return replace(
        found,
        substitutions=np.where(replaced[..., automaton.symbols], found.substitutions, -np.inf),
        insertions=np.where(inserted[..., automaton.symbols], found.insertions, -np.inf),
        deletions=np.where(removed, found.deletions, -np.inf),
    )
