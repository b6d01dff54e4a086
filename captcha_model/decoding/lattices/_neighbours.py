"""What the lattices of both kinds of output have in common."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.intp]

# The logarithm of an impossible path: a finite one, so that differences are numbers, and so low
# that no sum of possible ones comes near it.
NEVER = -1e30


@dataclass(frozen=True)
class Neighbours:
    """The probabilities of N texts, and of every text that is one edit away from them.

    All are natural logarithms, -inf where a text is impossible or has no such place. L is the
    length of the longest text, C the number of classes.

    Attributes:
        lengths: shape (N,), of the texts.
        text: shape (N,), of the texts themselves.
        substitutions: shape (N, L, C), with another character in a place; with its own character
            it is the text itself. Class 0 is never.
        insertions: shape (N, L + 1, C), with a character more before a place or at the end.
        deletions: shape (N, L), without the character of a place.
        begins: shape (N, L), no logarithms: the step that is the first of a place's character, in
            the mean over all ways to spell the text. What a place is not there for means nothing.
        ends: the same for the step after its last one.
    """

    lengths: Integers
    text: Floats
    substitutions: Floats
    insertions: Floats
    deletions: Floats
    begins: Floats
    ends: Floats

    @classmethod
    def masked(
        cls,
        lengths: Integers,
        text: Floats,
        *,
        substitutions: Floats,
        insertions: Floats,
        deletions: Floats,
        begins: Floats,
        ends: Floats,
    ) -> "Neighbours":
        """Return the record, with -inf in places that a text does not have."""
        longest = deletions.shape[1]
        places = gaps = None
        if (lengths < longest).any():
            places = np.arange(longest) < lengths[:, None]
            gaps = np.arange(longest + 1) <= lengths[:, None]
        return cls(
            lengths,
            impossible_to_infinity(text),
            impossible_to_infinity(substitutions, None if places is None else places[..., None]),
            impossible_to_infinity(insertions, None if gaps is None else gaps[..., None]),
            impossible_to_infinity(deletions, places),
            begins,
            ends,
        )

    def with_rows(self, rows: Sequence[int], others: "Neighbours") -> "Neighbours":
        """Return the record with other texts in some rows, one for each."""
        lengths = self.lengths.copy()
        lengths[rows] = others.lengths
        longest = max(lengths.tolist(), default=0)

        def merged(ours: npt.NDArray[Any], theirs: npt.NDArray[Any]) -> npt.NDArray[Any]:
            if ours.ndim == 1:
                result = ours.copy()
                result[rows] = theirs
                return result
            places = longest + ours.shape[1] - self.deletions.shape[1]
            result = np.full((len(ours), places, *ours.shape[2:]), -np.inf)
            kept = ours[:, :places]
            result[:, : kept.shape[1]] = kept
            result[rows] = -np.inf
            result[rows, : theirs.shape[1]] = theirs
            return result

        names = [field.name for field in fields(self)]
        return Neighbours(*(merged(getattr(self, n), getattr(others, n)) for n in names))


def pad(texts: Sequence[Sequence[int]]) -> tuple[Integers, Integers]:
    """Return texts as ids of shape (N, L), padded with 0, and their lengths (N,)."""
    lengths = np.array([len(text) for text in texts], np.intp)
    longest = max(lengths.tolist(), default=0)
    padded = [[*text, *[0] * (longest - len(text))] for text in texts]
    return np.array(padded, np.intp).reshape(len(texts), longest), lengths


def reversed_texts(ids: Integers, lengths: Integers) -> Integers:
    """Return every text from its end to its beginning, padded at the right as before."""
    places = lengths[:, None] - 1 - np.arange(ids.shape[1])
    turned = ids[np.arange(len(ids))[:, None], np.maximum(places, 0)]
    return np.where(places >= 0, turned, 0)


def of_ids(values: Floats, ids: Integers) -> Floats:
    """Return the values (N, T, C) of some classes of each image, (N, K): shape (T, K, N)."""
    found: Floats = values.transpose(1, 2, 0)[:, ids.T, np.arange(len(ids))]
    return found


def of_states(values: Floats, ids: Integers) -> Floats:
    """Return the values (N, T, C) of the classes of a CTC text's states: shape (T, 2 L + 1, N).

    A text shorter than L has its lattice in the first states; what stands in the others is of no
    use.
    """
    count, longest = ids.shape
    states = np.zeros((count, 2 * longest + 1), np.intp)
    states[:, 1::2] = ids
    return of_ids(values, states)


def log_sum(logarithms: Floats, axis: int = 0) -> Floats:
    """Return the logarithm of the sum over an axis."""
    if not logarithms.shape[axis]:
        return np.full(np.delete(logarithms.shape, axis), NEVER)
    most = logarithms.max(axis=axis, keepdims=True)
    total: Floats = np.log(np.exp(logarithms - most).sum(axis=axis)) + most.squeeze(axis)
    return total


def impossible_to_infinity(
    logarithms: Floats, there: npt.NDArray[np.bool_] | None = None
) -> Floats:
    """Return logarithms with -inf for what sums of `NEVER` stand for, and for what is not there."""
    possible = logarithms > NEVER / 2
    if there is not None:
        possible &= there
    return np.where(possible, logarithms, -np.inf)
