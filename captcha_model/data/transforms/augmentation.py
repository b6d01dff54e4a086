"""Augmentation of training images.

Each batch is seeded by (seed, epoch, step) only, so that a training run that is interrupted and
resumed sees exactly the same images as one that is not.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from captcha_model.data.transforms import random_changes as changes
from captcha_model.data.transforms.jpeg import JPEG_QUALITIES, compressor, with_pillow
from captcha_model.data.transforms.random_affine import STRENGTHS, transformed
from captcha_model.images.preprocessing import to_batch

# In the order in which they are applied, after the geometry and before JPEG. A change of all images
# takes its strength; of the others the strength is the fraction of images that change.
_OF_ALL: dict[str, Any] = {"brightness": changes.brightness, "contrast": changes.contrast}
_OF_SOME: dict[str, changes.Change] = {
    "strike_lines": changes.strike_lines,
    "morphology": changes.morphology,
    "cutout": changes.cutout,
    "blur": changes.blur,
    "noise": changes.noise,
}
_ORDER = ("strike_lines", "morphology", "brightness", "contrast", "cutout", "blur", "noise")


class Augmentation:
    """Random changes of a batch of training images.

    | name | meaning of its strength |
    |---|---|
    | `rotation` | the maximum angle, in degrees |
    | `shift_x`, `shift_y` | the maximum shift, as a fraction of the width or the height |
    | `zoom` | the maximum change of the width and of the height, as a fraction |
    | `shear` | the tangent of the maximum shear angle |
    | `strike_lines` | the fraction of images with added strike lines |
    | `morphology` | the fraction of images with thinner or thicker strokes |
    | `brightness` | the maximum change, on the scale from 0 to 1 |
    | `contrast` | the maximum change, as a fraction |
    | `cutout` | the fraction of images with two regions covered by boxes |
    | `blur` | the fraction of blurred images |
    | `noise` | the fraction of images with Gaussian noise |
    | `jpeg` | the fraction of images with JPEG artefacts |

    It has no state, so threads may share it.

    Args:
        strengths: the strength of each transform by its name; one that is missing or 0 is not
            applied.

    Raises:
        DependencyError: the backend of Keras is TensorFlow and keras-cv is not installed, but
            `jpeg` is given.
    """

    def __init__(self, strengths: Mapping[str, float]) -> None:
        self._strengths = {name: value for name, value in strengths.items() if value}
        self._geometry = {n: self._strengths[n] for n in STRENGTHS if n in self._strengths}
        self._compressed = compressor() if "jpeg" in self._strengths else with_pillow

    def __call__(
        self, pixels: npt.NDArray[np.uint8], seed: tuple[int, ...]
    ) -> npt.NDArray[np.float32]:
        """Augment a batch.

        Args:
            pixels: `uint8` of shape (N, H, W, C).
            seed: integers >= 0; the same seed gives the same result.

        Returns:
            `float32` of the same shape, from 0 to 1.
        """
        random = np.random.default_rng(seed)
        images = to_batch(np.ascontiguousarray(np.moveaxis(pixels, 3, 1)))
        if self._geometry:
            images = transformed(images, random, self._geometry)
        for name in _ORDER:
            strength = self._strengths.get(name)
            if strength is None:
                continue
            if name in _OF_ALL:
                images = _OF_ALL[name](images, random, strength)
            else:
                changes.change_some(images, strength, _OF_SOME[name], random)
        images = np.ascontiguousarray(np.moveaxis(np.clip(images, 0, 1, out=images), 1, 3))
        chosen = random.permutation(len(images))[
            : round(self._strengths.get("jpeg", 0) * len(images))
        ]
        if chosen.size:
            quality = JPEG_QUALITIES[random.integers(len(JPEG_QUALITIES))]
            images[chosen] = self._compressed(images[chosen], quality)
        return images
