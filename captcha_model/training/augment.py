"""The random changes of a training, as its settings name them."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from captcha_model.data.transforms.augmentation import Augmentation
from captcha_model.data.transforms.neutral import neutral_copy
from captcha_model.images.by_width import Pixels, groups, stack
from captcha_model.images.preprocessing import to_batch
from captcha_model.training.batches import Augment

NEUTRAL = "neutral"


def augmentation_of(strengths: Mapping[str, float]) -> Augment | None:
    """Return what changes a batch of training images at random; None if nothing does.

    The neutral changes come first.

    Args:
        strengths: the strength of every change by its name.

    Raises:
        DependencyError: a change needs a package that is not installed.
    """
    layers = {name: value for name, value in strengths.items() if name != NEUTRAL}
    neutral = strengths.get(NEUTRAL, 0.0)
    if not layers:
        return _Neutral(neutral) if neutral else None
    changed = Augmentation(layers)
    if not neutral:
        return changed
    before = _Neutral(neutral)
    return lambda pixels, seed: changed(before.copies(pixels, seed), seed)


def augmented_copies(pixels: Pixels, strengths: Mapping[str, float], seed: int) -> Pixels:
    """Return copies of images as a training with these changes might show them.

    Args:
        pixels: N images.
        strengths: see `augmentation_of`.
        seed: the same one gives the same copies.

    Raises:
        DependencyError: see `augmentation_of`.
    """
    augment = augmentation_of(strengths)
    if augment is None:
        return pixels
    copies: dict[int, npt.NDArray[np.uint8]] = {}
    for indices, images in groups(pixels):
        changed = np.rint(augment(images, (seed,)) * 255).astype(np.uint8)
        copies.update(zip(indices, changed, strict=True))
    return stack([copies[index] for index in range(len(pixels))])


class _Neutral:
    """Changes every image of a batch as `neutral_copy` does.

    Args:
        strength: see `neutral_copy`.
    """

    def __init__(self, strength: float) -> None:
        self._strength = strength

    def copies(self, pixels: npt.NDArray[np.uint8], seed: tuple[int, ...]) -> npt.NDArray[np.uint8]:
        """Return changed copies of images (N, H, W, C); the same seed gives the same ones."""
        random = np.random.default_rng((*seed, 2))
        return np.stack([neutral_copy(image, random, self._strength) for image in pixels])

    def __call__(
        self, pixels: npt.NDArray[np.uint8], seed: tuple[int, ...]
    ) -> npt.NDArray[np.float32]:
        """Return changed copies as the input of a network."""
        return to_batch(self.copies(pixels, seed))
