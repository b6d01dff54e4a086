"""Random changes to training images, by Keras's layers and keras-cv's.

Every batch is seeded by (seed, epoch, step) alone, so a training that is interrupted and resumed
sees exactly the pictures it would have seen.
"""

from collections.abc import Callable, Mapping
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
    """Changes of geometry and light, lines, damage.

    | name | its strength is |
    |---|---|
    | `rotation` | the largest angle, in degrees |
    | `shift_x`, `shift_y` | the largest shift, as a share of the width or the height |
    | `zoom` | the largest change of either side, as a share |
    | `shear` | the tangent of the largest slant |
    | `strike_lines` | the share of images that get strike lines |
    | `morphology` | the share of images with thinner or thicker strokes |
    | `brightness` | the largest change, on the scale from 0 to 1 |
    | `contrast` | the largest change, as a share |
    | `cutout` | the share of images of which boxes cover two parts |
    | `blur` | the share of images that are blurred |
    | `noise` | the share of images with Gaussian noise |
    | `jpeg` | the share of images that go through JPEG |

    Args:
        config: gives the images' size.
        strengths: each change with its strength; what is left out is not done.

    Raises:
        DependencyError: keras-cv is not installed, and JPEG is wanted.
    """

    def __init__(self, config: CaptchaConfig, strengths: Mapping[str, float]) -> None:
        light = {"value_range": (0, 1)}
        geometry = {name: strengths[name] for name in STRENGTHS if strengths.get(name)}
        layers: dict[str, Callable[[float], Any]] = {
            "strike_lines": lambda s: RandomStrikeLines(config.height, config.width, s),
            "morphology": RandomMorphology,
            "brightness": lambda s: keras.layers.RandomBrightness(s, **light),
            "contrast": lambda s: keras.layers.RandomContrast(s, **light),
            "cutout": RandomCutout,
            "blur": RandomBlur,
            "noise": RandomNoise,
        }
        self._layers = [RandomAffine(geometry)] if geometry else []
        self._layers += [make(strengths[n]) for n, make in layers.items() if strengths.get(n)]
        self._jpeg_rate = strengths.get("jpeg", 0.0)
        self._jpeg = _jpeg_layers() if self._jpeg_rate else []
        # One compiled function of this process; every shape is traced once.
        self._run = tf.function(self._apply)

    def __call__(
        self, pixels: npt.NDArray[np.uint8], seed: tuple[int, ...]
    ) -> npt.NDArray[np.float32]:
        """Change a batch.

        Args:
            pixels: `uint8` of shape (N, H, W, C).
            seed: non-negative whole numbers; the same ones give the same changes.

        Returns:
            float32 of the same shape, from 0 to 1.
        """
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

    def _apply(self, pixels: Any) -> Any:
        images = tf.cast(pixels, tf.float32) / 255
        for layer in self._layers:
            images = layer(images, training=True)
        return tf.clip_by_value(images, 0, 1)


@cache
def _jpeg_layers() -> list[Any]:
    """Return a layer for every quality, compiled once in a process however often it trains.

    Each has a fixed one, because keras-cv draws a random one inside a parallel loop, in an order
    that no seed decides.
    """
    try:
        import keras_cv
    except ImportError as error:
        raise DependencyError.missing("keras-cv", "train", "JPEG augmentation") from error
    return [_compiled(keras_cv.layers.RandomJpegQuality((q, q))) for q in JPEG_QUALITIES]


def _compiled(layer: Any) -> Any:
    """Compile a layer in its training mode; run eagerly, keras-cv's take 20 times as long."""
    layer.auto_vectorize = False  # TensorFlow cannot vectorise JPEG, and says so at length.
    return tf.function(lambda images: layer(images, training=True))
