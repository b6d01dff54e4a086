"""Labelled images: one at a time as they are found, and together as they are trained on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


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
class LabelledImages:
    """Decoded images at the network's size, with their labels.

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

    def select(self, indices: Sequence[int]) -> "LabelledImages":
        """Return some of the images, in the given order."""
        return LabelledImages(
            self.pixels[list(indices)],
            tuple(self.labels[i] for i in indices),
            tuple(self.names[i] for i in indices),
        )

    def joined(self, other: "LabelledImages") -> "LabelledImages":
        """Return these images followed by others of the same size."""
        return LabelledImages(
            np.concatenate([self.pixels, other.pixels]),
            self.labels + other.labels,
            self.names + other.names,
        )
