"""The logits that a calibration is fitted to: those of labelled images and of degraded copies."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from captcha_model.data.samples import LabelledImages, TrainingImages
from captcha_model.data.transforms.degradation import degraded_copies
from captcha_model.images.by_width import Pixels, join, stack
from captcha_model.inference.reader import Reader
from captcha_model.inference.views import CLOSER, other_widths

MAX_IMAGES = 500
"""Of more images a sample is used, because every image is read in all its degraded copies."""


@dataclass(frozen=True)
class CloserLooks:
    """What a network says of closer looks at small text.

    Attributes:
        rows: which K of the M images they are of.
        logits: shape (K, T', C).
    """

    rows: tuple[int, ...]
    logits: npt.NDArray[np.float32]


@dataclass(frozen=True)
class CalibrationData:
    """The logits of labelled images and of their degraded copies.

    Attributes:
        logits: shape (M, T, C).
        labels: M texts.
        kinds: M names, "clean" or that of a degradation.
        images: M numbers; the copies of an image have the number of the image.
        views: the logits at the other widths at which the model looks, each of shape (M, T, C).
        closer: what the model sees of those images that it looks at more closely; None if there are
            none.
    """

    logits: npt.NDArray[np.float32]
    labels: tuple[str, ...]
    kinds: tuple[str, ...]
    images: tuple[int, ...]
    views: tuple[npt.NDArray[np.float32], ...] = ()
    closer: CloserLooks | None = None

    @property
    def has_more_looks(self) -> bool:
        """Whether there is more than the first look at any of the images."""
        return bool(self.views) or self.closer is not None

    def look(self, rows: Sequence[int], number: int) -> npt.NDArray[np.float32]:
        """Return another view of some images; see `captcha_model.inference.views.Look`."""
        if number != CLOSER:
            return self.views[number][list(rows)]
        assert self.closer is not None, "only what has a closer look is looked at more closely"
        return self.closer.logits[[self.closer.rows.index(row) for row in rows]]


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
    # Together, because all copies of an image have its width, and so are read in one batch.
    logits, *views = _logits(reader, join(*(each.pixels for _, each in sets)))
    return CalibrationData(
        logits,
        tuple(label for _, each in sets for label in each.labels),
        tuple(kind for kind, each in sets for _ in each.labels),
        tuple(n for _, each in sets for n in range(len(each))),
        tuple(views),
        _closer(reader, images),
    )


def _closer(reader: Reader, images: LabelledImages) -> CloserLooks | None:
    """Return the closer looks at the images themselves: those at degraded copies are not known."""
    if not reader.config.closer or not images.closer:
        return None
    rows = tuple(sorted(images.closer))
    return CloserLooks(rows, reader.logits(stack([images.closer[row] for row in rows])))


def _logits(reader: Reader, pixels: Pixels) -> Iterator[npt.NDArray[np.float32]]:
    """Yield the logits of images in every view of a model."""
    yield reader.logits(pixels)
    if reader.config.views > 1:
        for other in other_widths(pixels, reader.config, reader.config.views):
            yield reader.logits(other)


def sample(images: TrainingImages, seed: int = 0) -> LabelledImages:
    """Return at most `MAX_IMAGES` of the images, the same ones for a seed, in their order."""
    order = np.random.default_rng(seed).permutation(len(images))[:MAX_IMAGES]
    return images.select(np.sort(order))
