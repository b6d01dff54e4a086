"""Augmentation of training images with layers of Keras, keras-cv and our own.

Each batch is seeded by (seed, epoch, step) only, so that a training run that is interrupted and
resumed sees exactly the same images as one that is not.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from captcha_model.config import CaptchaConfig
from captcha_model.data.transforms.random_affine import STRENGTHS, RandomAffine
from captcha_model.data.transforms.random_layers import (
    RandomBlur,
    RandomCutout,
    RandomMorphology,
    RandomNoise,
    RandomStrikeLines,
)
from captcha_model.errors import DependencyError

JPEG_QUALITIES = (30, 50, 70, 90)


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

    Args:
        config: gives the size of the images; those of other widths are taken too.
        strengths: the strength of each transform by its name; one that is missing or 0 is not
            applied.

    Raises:
        DependencyError: keras-cv is not installed, but `jpeg` is given.
    """

    def __init__(self, config: CaptchaConfig, strengths: Mapping[str, float]) -> None:
        value_range = {"value_range": (0, 1)}
        geometry = {name: strengths[name] for name in STRENGTHS if strengths.get(name)}
        layers: dict[str, Callable[[float], Any]] = {
            "strike_lines": lambda s: RandomStrikeLines(config.height, config.width, s),
            "morphology": RandomMorphology,
            "brightness": lambda s: keras.layers.RandomBrightness(s, **value_range),
            "contrast": lambda s: keras.layers.RandomContrast(s, **value_range),
            "cutout": RandomCutout,
            "blur": RandomBlur,
            "noise": RandomNoise,
        }
        self._layers = [RandomAffine(geometry)] if geometry else []
        self._layers += [make(strengths[n]) for n, make in layers.items() if strengths.get(n)]
        self._jpeg_rate = strengths.get("jpeg", 0.0)
        self._jpeg = _jpeg_layers() if self._jpeg_rate else []
        # Compiled once; every new shape is traced once.
        self._run = tf.function(self._apply)
        self._config, self._strengths = config, strengths
        self._others: dict[int, Augmentation] = {}

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
        if pixels.shape[2] != self._config.width:
            return self._of_width(pixels.shape[2])(pixels, seed)
        random = np.random.default_rng(seed)
        for layer in self._layers:
            state = random.integers(2**32, size=2, dtype=np.uint32)
            layer.generator.state.assign(state)
        images: npt.NDArray[np.float32] = np.array(self._run(pixels))
        chosen = random.permutation(len(images))[: round(self._jpeg_rate * len(images))]
        if chosen.size:
            layer = self._jpeg[random.integers(len(self._jpeg))]
            images[chosen] = layer(images[chosen]).numpy()
        return images

    def _of_width(self, width: int) -> "Augmentation":
        """Return the same changes for images of another width, for which some layers are built."""
        if width not in self._others:
            config = replace(self._config, width=width, min_width=None, resize="stretch")
            self._others[width] = Augmentation(config, self._strengths)
        return self._others[width]

    def _apply(self, pixels: Any) -> Any:
        images = tf.cast(pixels, tf.float32) / 255
        for layer in self._layers:
            images = layer(images, training=True)
        return tf.clip_by_value(images, 0, 1)


@cache
def _jpeg_layers() -> list[Any]:
    """Return a layer for each JPEG quality, compiled once per process.

    Each layer has a fixed quality, because keras-cv draws random ones inside a parallel loop, in an
    order that does not depend on the seed.
    """
    try:
        import keras_cv
    except ImportError as error:
        raise DependencyError.missing("keras-cv", "train", "JPEG augmentation") from error
    return [_compiled(keras_cv.layers.RandomJpegQuality((q, q))) for q in JPEG_QUALITIES]


def _compiled(layer: Any) -> Any:
    """Compile a layer in training mode; eagerly, those of keras-cv take 20 times as long."""
    layer.auto_vectorize = False  # TensorFlow cannot vectorize JPEG and would log warnings.
    return tf.function(lambda images: layer(images, training=True))
