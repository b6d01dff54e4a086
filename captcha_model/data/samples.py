"""Labelled images: single files that are not read yet, and sets of them to train on."""

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, Self, TypeAlias

import numpy as np
import numpy.typing as npt

from captcha_model.images.by_width import Closer, Pixels, choose, join

Indices: TypeAlias = Sequence[int] | npt.NDArray[np.integer]


@dataclass(frozen=True)
class Sample:
    """A labelled image file that has not been read yet.

    Attributes:
        name: the file name, relative to its source; used in messages and tables.
        label: the text that the image shows, with composed characters (Unicode NFC): macOS, for
            one, stores "é" in a file name as two code points.
        read: returns the bytes of the file; raises `OSError` if it cannot be read.
    """

    name: str
    label: str
    read: Callable[[], bytes]

    def __post_init__(self) -> None:
        object.__setattr__(self, "label", composed(self.label))


def composed(text: str) -> str:
    """Return a text with composed characters (Unicode NFC)."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


@dataclass(frozen=True)
class Unreadable:
    """An image file that was skipped.

    Attributes:
        name: the file name, as in `Sample.name`.
        reason: the error message of the failed read or decode.
    """

    name: str
    reason: str


def list_skipped(skipped: Sequence[Unreadable], limit: int = 20) -> list[str]:
    """Return lines for people about skipped files: up to `limit` files, then how many there are."""
    lines = [f"skipped {file.name}: {file.reason}" for file in skipped[:limit]]
    return lines if len(skipped) <= limit else [*lines, f"skipped {len(skipped)} images in total"]


@dataclass(frozen=True)
class LabelledImages:
    """Decoded images at the network's input size, with their labels: an `ImageSet` in memory.

    Attributes:
        pixels: `uint8`, 0 is black and 255 is white: an array (N, height, width, channels), or a
            tuple of N arrays (height, width, channels) if their widths differ.
        labels: N texts; `labels[i]` is the text of `pixels[i]`, with composed characters.
        names: N file names, relative to the source.
        skipped: the files of the source that could not be read; they are not among the N images.
        closer: closer looks at those images whose text seems to be small, if the settings of a
            model ask for them.
    """

    pixels: Pixels
    labels: tuple[str, ...]
    names: tuple[str, ...]
    skipped: tuple[Unreadable, ...] = ()
    closer: Closer = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "labels", tuple(map(composed, self.labels)))

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def label_lengths(self) -> tuple[int, int]:
        """The lengths of the shortest and the longest label of at least one."""
        return shortest_and_longest(self.labels)

    def select(self, indices: Indices) -> "LabelledImages":
        """Return the images at some indices, in the given order."""
        return LabelledImages(
            choose(self.pixels, indices),
            tuple(self.labels[i] for i in indices),
            tuple(self.names[i] for i in indices),
            self.skipped,
            {n: self.closer[i] for n, i in enumerate(indices) if i in self.closer},
        )

    def subset(self, indices: Indices) -> "LabelledImages":
        """Return the same as `select`; images in memory need no decoding."""
        return self.select(indices)

    def with_labels(self, convert: Callable[[str], str]) -> Self:
        """Return these images with converted labels."""
        return replace(self, labels=tuple(map(convert, self.labels)))

    def joined(self, other: "LabelledImages") -> "LabelledImages":
        """Return these images followed by others of the same height."""
        return LabelledImages(
            join(self.pixels, other.pixels),
            self.labels + other.labels,
            self.names + other.names,
            self.skipped + other.skipped,
            {**self.closer, **{len(self) + i: look for i, look in other.closer.items()}},
        )


class TrainingImages(Protocol):
    """What training needs of its images; every `ImageSet` has it.

    `captcha_model.data.synthetic.looks.drawn_images.DrawnImages` has no more, because it cannot
    know a label without drawing its image.
    """

    @property
    def label_lengths(self) -> tuple[int, int]:
        """The lengths of the shortest and the longest label."""
        ...

    def __len__(self) -> int: ...

    def select(self, indices: Indices) -> LabelledImages:
        """Return the decoded images at some indices, in the given order.

        Use the labels of the result: a streamed set replaces an image that cannot be read by
        another one.
        """
        ...


class ImageSet(TrainingImages, Protocol):
    """Labelled images, either in memory or decoded on demand.

    `LabelledImages` and `captcha_model.data.streaming.StreamedImages` implement it.
    """

    @property
    def labels(self) -> Sequence[str]:
        """The texts; `labels[i]` belongs to the image at index i."""
        ...

    @property
    def names(self) -> Sequence[str]:
        """The file names, in the same order as the labels."""
        ...

    @property
    def skipped(self) -> Sequence[Unreadable]:
        """The files that could not be read so far."""
        ...

    def subset(self, indices: Indices) -> "ImageSet":
        """Return the set of the images at some indices, in the given order, without decoding."""
        ...

    def with_labels(self, convert: Callable[[str], str]) -> Self:
        """Return the set with converted labels, without decoding."""
        ...


def label_lengths(*sets: TrainingImages) -> tuple[int, int]:
    """Return the lengths of the shortest and the longest label of sets that are not all empty."""
    found = [images.label_lengths for images in sets if len(images)]
    return min(low for low, _ in found), max(high for _, high in found)


def shortest_and_longest(labels: Iterable[str]) -> tuple[int, int]:
    """Return the lengths of the shortest and the longest of at least one label."""
    lengths = set(map(len, labels))
    return min(lengths), max(lengths)
