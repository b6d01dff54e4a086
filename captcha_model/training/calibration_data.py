"""The logits that a calibration is fitted to: those of labelled images and of degraded copies."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from captcha_model.data.samples import LabelledImages, TrainingImages
from captcha_model.data.transforms.degradation import degraded_copies
from captcha_model.decoding.own_steps import join_steps
from captcha_model.inference.reader import Reader

MAX_IMAGES = 500
"""Of more images a sample is used, because every image is read in all its degraded copies."""


@dataclass(frozen=True)
class CalibrationData:
    """The logits of labelled images and of their degraded copies.

    Attributes:
        logits: shape (M, T, C).
        labels: M texts.
        kinds: M names, "clean" or that of a degradation.
        images: M numbers; the copies of an image have the number of the image.
    """

    logits: npt.NDArray[np.float32]
    labels: tuple[str, ...]
    kinds: tuple[str, ...]
    images: tuple[int, ...]

    def select(self, rows: Sequence[int]) -> "CalibrationData":
        """Return some of the rows."""
        return CalibrationData(
            self.logits[list(rows)],
            tuple(self.labels[n] for n in rows),
            tuple(self.kinds[n] for n in rows),
            tuple(self.images[n] for n in rows),
        )


def gather(
    reader: Reader, images: LabelledImages, seed: int = 0, *, copies: bool = True
) -> CalibrationData:
    """Run a network on images and on each of their degraded copies.

    Args:
        reader: the model.
        images: N images that it was not trained on, at its network's size.
        seed: the seed of the degradations.
        copies: whether to degrade them; otherwise there are the images alone.

    Returns:
        16 N rows: the images, then each degradation of all of them. N rows without copies.
    """
    sets = [("clean", images)]
    if copies:
        sets += [(d.name, degraded) for d, degraded in degraded_copies(images, seed)]
    count = len(images)
    logits = (
        (range(n * count, (n + 1) * count), reader.logits(each.pixels))
        for n, (_, each) in enumerate(sets)
    )
    return CalibrationData(
        join_steps(count * len(sets), logits),
        tuple(label for _, each in sets for label in each.labels),
        tuple(kind for kind, each in sets for _ in each.labels),
        tuple(n for _, each in sets for n in range(len(each))),
    )


def sample(images: TrainingImages, seed: int = 0) -> LabelledImages:
    """Return at most `MAX_IMAGES` of the images, the same ones for a seed, in their order."""
    order = np.random.default_rng(seed).permutation(len(images))[:MAX_IMAGES]
    return images.select(np.sort(order))
