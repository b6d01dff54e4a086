"""What the lattices of both output heads have in common."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from itertools import zip_longest
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.intp]

# The logarithm of probability 0: finite, so that differences are not NaN, and below the logarithm
# of any product of possible probabilities.
LOG_ZERO = -1e30


@dataclass(frozen=True)
class Neighbours:
    """The log-probabilities of N texts, and of every text that is one edit away from them.

    They are natural logarithms: -inf for an impossible text, and for positions that a text does not
    have. L is the length of the longest text, C the number of classes.

    Attributes:
        lengths: the lengths of the texts, shape (N,).
        text: the texts themselves, shape (N,).
        substitutions: the texts with another character in a position, shape (N, L, C). With the
            same character it is the text itself; class 0 is impossible.
        insertions: the texts with one more character, before a position or at the end, shape
            (N, L + 1, C).
        deletions: the texts without the character of a position, shape (N, L).
        begins: the mean first step of each character over all alignments of the text, shape (N, L).
            It is not a logarithm. Values beyond the length of a text are undefined.
        ends: the same for the step after the last one.
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
        """Build the record, with -inf for positions that a text does not have."""
        longest = deletions.shape[1]
        positions = gaps = None
        if (lengths < longest).any():
            positions = np.arange(longest) < lengths[:, None]
            gaps = np.arange(longest + 1) <= lengths[:, None]
        return cls(
            lengths,
            with_infinities(text),
            with_infinities(substitutions, None if positions is None else positions[..., None]),
            with_infinities(insertions, None if gaps is None else gaps[..., None]),
            with_infinities(deletions, positions),
            begins,
            ends,
        )

    def with_rows(self, rows: Sequence[int], others: "Neighbours") -> "Neighbours":
        """Return the record with some rows replaced by those of another record, in order."""
        lengths = self.lengths.copy()
        lengths[rows] = others.lengths
        longest = max(lengths.tolist(), default=0)

        def merged(ours: npt.NDArray[Any], theirs: npt.NDArray[Any]) -> npt.NDArray[Any]:
            if ours.ndim == 1:
                result = ours.copy()
                result[rows] = theirs
                return result
            positions = longest + ours.shape[1] - self.deletions.shape[1]
            result = np.full((len(ours), positions, *ours.shape[2:]), -np.inf)
            kept = ours[:, :positions]
            result[:, : kept.shape[1]] = kept
            result[rows] = -np.inf
            result[rows, : theirs.shape[1]] = theirs
            return result

        names = [field.name for field in fields(self)]
        return Neighbours(*(merged(getattr(self, n), getattr(others, n)) for n in names))


def pad(texts: Sequence[Sequence[int]]) -> tuple[Integers, Integers]:
    """Return texts as ids of shape (N, L), padded with 0, and their lengths (N,)."""
    lengths = np.array(list(map(len, texts)), np.intp)
    if len(texts) == 1:  # Which is frequent, and takes a third of the time so.
        return np.array(texts, np.intp), lengths
    by_position = np.array(list(zip_longest(*texts, fillvalue=0)), np.intp)
    return np.ascontiguousarray(by_position.T).reshape(len(texts), len(by_position)), lengths


def reversed_texts(ids: Integers, lengths: Integers) -> Integers:
    """Return every text reversed, padded at the right as before."""
    positions = lengths[:, None] - 1 - np.arange(ids.shape[1])
    turned = ids[np.arange(len(ids))[:, None], np.maximum(positions, 0)]
    return np.where(positions >= 0, turned, 0)


def of_ids(values: Floats, ids: Integers) -> Floats:
    """Return the values (N, T, C) of K classes of each image, (N, K): shape (T, K, N)."""
    found: Floats = values.transpose(1, 2, 0)[:, ids.T, np.arange(len(ids))]
    return found


def of_states(values: Floats, ids: Integers) -> Floats:
    """Return the values (N, T, C) of the classes of a CTC text's states: shape (T, 2 L + 1, N).

    A text shorter than L has its lattice in the first states; the others are not used.
    """
    count, longest = ids.shape
    states = np.zeros((count, 2 * longest + 1), np.intp)
    states[:, 1::2] = ids
    return of_ids(values, states)


def log_sum(logarithms: Floats, axis: int = 0) -> Floats:
    """Return the logarithm of a sum over an axis, from the logarithms of its terms."""
    if not logarithms.shape[axis]:
        return np.full(np.delete(logarithms.shape, axis), LOG_ZERO)
    most = logarithms.max(axis=axis, keepdims=True)
    total: Floats = np.log(np.exp(logarithms - most).sum(axis=axis)) + most.squeeze(axis)
    return total


def with_infinities(logarithms: Floats, there: npt.NDArray[np.bool_] | None = None) -> Floats:
    """Return logarithms with -inf instead of `LOG_ZERO`, and where there is no such text."""
    possible = logarithms > LOG_ZERO / 2
    if there is not None:
        possible &= there
    return np.where(possible, logarithms, -np.inf)
