"""The characters that a model can read, and their ids.

Id 0 is the empty string: CTC's blank, the padding of a target, and an unused position of a
fixed-length model. Characters have ids from 1, so a network has `len(characters) + 1` classes. This
is the numbering of `StringLookup(vocabulary=characters, mask_token="", num_oov_indices=0)`.

Ids are always in the order of the picture, from left to right. Texts are too, unless the reading
order is "logical": then texts are in the order in which they are typed and read, which differs from
that of the picture where a line holds right-to-left letters (see
`captcha_model._utils.right_to_left`).
"""

import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from captcha_model._utils.right_to_left import other_order, reordered
from captcha_model.errors import DependencyError, VocabularyError

BLANK = 0
MAX_CHARACTERS = 10_000

ReadingOrder: TypeAlias = Literal["visual", "logical"]
"""The order of the characters of texts: of the picture from left to right, or as it is typed."""


class Vocabulary:
    """An ordered set of characters with ids from 1; id 0 is "no character".

    Args:
        characters: every readable character once, in the order of the ids: `"2345678bcd"`.
        reading_order: of the texts that are encoded and decoded.

    Raises:
        VocabularyError: empty, too long, a repeated character, or one that is not printable.

    Example:
        >>> vocabulary = Vocabulary("abc")
        >>> vocabulary.encode("cab")
        [3, 1, 2]
        >>> vocabulary.decode([0, 3, 1, 2, 0])
        'cab'
    """

    def __init__(self, characters: str, reading_order: ReadingOrder = "visual") -> None:
        if not isinstance(characters, str):
            raise VocabularyError(
                "A vocabulary must be a string of characters. "
                f"Received: {type(characters).__name__} {str(characters)[:40]!r}"
            )
        if not 0 < len(characters) <= MAX_CHARACTERS:
            raise VocabularyError(
                f"A vocabulary must have 1 to {MAX_CHARACTERS} characters. "
                f"Received: {len(characters)}"
            )
        repeated = (
            sorted({c for c in characters if characters.count(c) > 1})
            if len(set(characters)) < len(characters)
            else []
        )
        if repeated:
            raise VocabularyError(
                f"A vocabulary must hold each character once. Repeated: {repeated}"
            )
        bad = [c for c in characters if not c.isprintable() or unicodedata.combining(c)]
        if bad:
            raise VocabularyError(
                "The characters of a vocabulary must be printable and not combining. "
                f"Received: {[f'U+{ord(c):04X}' for c in bad[:10]]}"
            )
        self._characters = characters
        self._reading_order = reading_order
        self._ids = {c: i for i, c in enumerate(characters, start=1)}

    @classmethod
    def from_labels(cls, labels: Iterable[str]) -> "Vocabulary":
        """Collect the characters of some labels, sorted by code point."""
        return cls("".join(sorted({character for label in labels for character in label})))

    @property
    def characters(self) -> str:
        """The characters in the order of their ids, without the blank."""
        return self._characters

    @property
    def reading_order(self) -> ReadingOrder:
        """The order of texts: "visual" or "logical"."""
        return self._reading_order

    @property
    def classes(self) -> int:
        """The number of classes of a network over this vocabulary: characters + 1."""
        return len(self._characters) + 1

    def __len__(self) -> int:
        return len(self._characters)

    def __contains__(self, character: object) -> bool:
        return character in self._ids

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Vocabulary) and other._state == self._state

    def __hash__(self) -> int:
        return hash(self._state)

    def __repr__(self) -> str:
        order = "" if self._reading_order == "visual" else f", {self._reading_order!r}"
        return f"Vocabulary({self._characters!r}{order})"

    @property
    def _state(self) -> tuple[str, ReadingOrder]:
        return self._characters, self._reading_order

    def unknown(self, text: str) -> list[str]:
        """Return the characters of `text` that are not in the vocabulary, each once, in order."""
        return [c for c in dict.fromkeys(text) if c not in self._ids]

    def order_of(self, text: str) -> list[int]:
        """Return the permutation that brings a text from the picture's order into reading order.

        Args:
            text: its characters as the picture shows them, from left to right.

        Returns:
            Positions in the text.
        """
        return other_order(text) if self._reading_order == "logical" else list(range(len(text)))

    def in_reading_order(self, text: str) -> str:
        """Return a text in reading order.

        Args:
            text: its characters as the picture shows them, from left to right.
        """
        return reordered(text) if self._reading_order == "logical" else text

    def encode(self, text: str) -> list[int]:
        """Convert a text to ids, which are in the order of the picture.

        Raises:
            VocabularyError: a character is not in the vocabulary.
        """
        unknown = self.unknown(text)
        if unknown:
            raise VocabularyError(
                f"{text!r} holds characters outside the vocabulary: {unknown}. "
                f"The vocabulary is {self._characters!r}",
                code="CHARACTER_UNKNOWN",
            )
        # The conversion between the two orders is its own inverse.
        return [self._ids[c] for c in self.in_reading_order(text)]

    def decode(self, ids: Iterable[int]) -> str:
        """Convert ids in the order of the picture to a text; id 0 is dropped.

        Raises:
            VocabularyError: an id is negative or above `len(self)`.
        """
        text = []
        for i in ids:
            if not 0 <= i <= len(self._characters):
                raise VocabularyError(
                    f"Ids must be from 0 to {len(self._characters)}. Received: {i}"
                )
            if i != BLANK:
                text.append(self._characters[i - 1])
        return self.in_reading_order("".join(text))

    def encode_batch(
        self, labels: Sequence[str], width: int | None = None
    ) -> npt.NDArray[np.int32]:
        """Convert labels to targets of shape (N, width), padded with 0 on the right.

        Args:
            labels: N texts.
            width: the length of the longest label if left out; no label may be longer.
        """
        ids = [self.encode(label) for label in labels]
        if width is None:
            width = max(map(len, ids), default=0)
        targets = np.full((len(ids), width), BLANK, np.int32)
        for row, values in zip(targets, ids, strict=True):
            row[: len(values)] = values
        return targets

    def string_lookup(self, *, invert: bool = False) -> Any:
        """Build Keras's `StringLookup` layer for this vocabulary: characters to ids.

        Args:
            invert: build the inverse layer, from ids to characters.

        Returns:
            A `keras.layers.StringLookup`, which needs TensorFlow with every backend of Keras.

        Raises:
            DependencyError: TensorFlow is not installed.
        """
        try:
            import keras
            import tensorflow  # noqa: F401
        except ImportError as error:
            raise DependencyError.missing("tensorflow", "tensorflow", "StringLookup") from error
        return keras.layers.StringLookup(
            vocabulary=list(self._characters), mask_token="", num_oov_indices=0, invert=invert
        )
