"""Images that people have labelled beside images with pseudo-labels, in equal parts."""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import numpy.typing as npt

from captcha_model.data.samples import Indices, LabelledImages, label_lengths


@dataclass(frozen=True)
class MixedImages:
    """An endless sequence in which every other image is one that a person has labelled.

    Both kinds are repeated, each time in a new order, so that the few labels of people weigh as
    much as all pseudo-labels together.

    Attributes:
        labelled: images with labels of people, at least one.
        believed: images with pseudo-labels, at least one.
        count: the number of images in an epoch.
        seed: decides the orders.
    """

    labelled: LabelledImages
    believed: LabelledImages
    count: int
    seed: int

    def __len__(self) -> int:
        return self.count

    @property
    def different(self) -> int:
        """The number of different images."""
        return len(self.labelled) + len(self.believed)

    @property
    def label_lengths(self) -> tuple[int, int]:
        """The lengths of the shortest and the longest label."""
        return label_lengths(self.labelled, self.believed)

    def select(self, indices: Indices) -> LabelledImages:
        """Return the images at some indices, from 0 without end, in the given order."""
        return self._both.select([self._place(int(index)) for index in indices])

    @cached_property
    def _both(self) -> LabelledImages:
        return self.labelled.joined(self.believed)

    def _place(self, index: int) -> int:
        """Return the place of an image among the labelled ones, followed by the believed ones."""
        number, is_believed = divmod(index, 2)
        first = len(self.labelled) if is_believed else 0
        count = len(self.believed) if is_believed else len(self.labelled)
        return first + place_in_turn(number, count, self.seed, is_believed)


def place_in_turn(number: int, count: int, seed: int, kind: int = 0) -> int:
    """Return which image comes at a place in the endless repetition of all, each time reordered.

    Args:
        number: the place, from 0.
        count: how many images there are.
        seed: decides the orders.
        kind: gives the images of each kind orders of their own.
    """
    turn, place = divmod(number, count)
    return int(_order(count, (seed, turn, kind))[place])


@lru_cache(maxsize=4)  # Where there are many images, a batch is of one turn or two of each kind.
def _order(count: int, seed: tuple[int, ...]) -> npt.NDArray[np.int64]:
    return np.random.default_rng(seed).permutation(count)
