"""Labelled images: one at a time as they are found, and together as they are trained on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

Indices: TypeAlias = Sequence[int] | npt.NDArray[np.integer]


@dataclass(frozen=True)
class Sample:
    """A labelled image that has not been read yet.

    Attributes:
        name: the file's name, for messages.
        label: its text.
        read: returns the file's bytes; raises `OSError` where that fails.
    """

    name: str
    label: str
    read: Callable[[], bytes]


@dataclass(frozen=True)
class Unreadable:
    """A file that was skipped: its name and why."""

    name: str
    reason: str


@dataclass(frozen=True)
class LabelledImages:
    """Decoded images at the network's size, with their labels: an `ImageSet` in memory.

    Attributes:
        pixels: `uint8` of shape (N, height, width, channels).
        labels: N texts.
        names: N file names.
    """

    pixels: npt.NDArray[np.uint8]
    labels: tuple[str, ...]
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.labels)

    def select(self, indices: Indices) -> "LabelledImages":
        """Return some of the images, in the given order."""
        return LabelledImages(
            self.pixels[np.asarray(indices, np.intp)],
            tuple(self.labels[i] for i in indices),
            tuple(self.names[i] for i in indices),
        )

    def subset(self, indices: Indices) -> "LabelledImages":
        """Return the same as `select`: what is in memory needs no waiting for."""
        return self.select(indices)

    def joined(self, other: "LabelledImages") -> "LabelledImages":
        """Return these images followed by others of the same size."""
        return LabelledImages(
            np.concatenate([self.pixels, other.pixels]),
            self.labels + other.labels,
            self.names + other.names,
        )


class ImageSet(Protocol):
    """Labelled images as training takes them, in memory or read when they are asked for."""

    @property
    def labels(self) -> Sequence[str]:
        """The texts, by place."""
        ...

    @property
    def names(self) -> Sequence[str]:
        """The file names, by place."""
        ...

    def __len__(self) -> int: ...

    def select(self, indices: Indices) -> LabelledImages:
        """Return the decoded images at some places, in the given order.

        The labels are those of the result: a streamed set may put another image in the place of
        one that cannot be read.
        """
        ...

    def subset(self, indices: Indices) -> "ImageSet":
        """Return the set of the images at some places, in the given order, without decoding."""
        ...
