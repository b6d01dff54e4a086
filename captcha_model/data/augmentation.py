"""Random changes to training images, by Keras's layers and keras-cv's.

Every batch is seeded by (seed, epoch, step) alone, so a training that is interrupted and resumed
sees exactly the pictures it would have seen.
"""

from collections.abc import Callable, Mapping
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf
from keras import ops

from captcha_model.config import CaptchaConfig
from captcha_model.data.synthesis import draw_strikes
from captcha_model.errors import DependencyError

JPEG_QUALITIES = (30, 50, 70, 90)


class RandomStrike(keras.layers.Layer):
    """Draws strike lines across some images, in the manner of captcha_images_v2.

    What tells a `c` from an `e` is often only whether a bar is the glyph's own or a line's, so a
    network must see many lines. They come from a bank that is drawn once, because drawing a smooth
    line anew for every image would take longer than training on it.

    Args:
        height: rows of the images.
        width: columns of the images.
        rate: the share of images that get a line.
        bank: how many different pictures of lines there are.
    """

    def __init__(
        self, height: int, width: int, rate: float = 0.5, bank: int = 512, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.rate = rate
        self.bank = bank
        self.generator = keras.random.SeedGenerator(0)
        random = np.random.default_rng(0)
        drawn = np.stack([draw_strikes(random) for _ in range(bank)])[..., None]
        light = 1 - drawn.astype(np.float32)
        self._light = ops.image.resize(light, (height, width), data_format="channels_last")

    def call(self, images: Any, training: bool = True) -> Any:
        """Return the images (float32, (N, H, W, C), from 0 to 1), some with lines across."""
        if not training:
            return images
        count = ops.shape(images)[0]
        chosen = keras.random.randint((count,), 0, self.bank, seed=self.generator)
        dice = keras.random.uniform((count, 1, 1, 1), seed=self.generator)
        return ops.where(dice < self.rate, images * ops.take(self._light, chosen, axis=0), images)

    def compute_output_shape(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return the input's shape: images keep their size."""
        return input_shape


class RandomMorphology(keras.layers.Layer):
    """Makes the strokes of some images thinner and of as many others thicker, by half a pixel.

    Args:
        rate: the share of images that are changed.
    """

    def __init__(self, rate: float = 0.5, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rate = rate
        self.generator = keras.random.SeedGenerator(0)

    def call(self, images: Any, training: bool = True) -> Any:
        """Return the images (float32, (N, H, W, C), from 0 to 1), some eroded or dilated."""
        if not training:
            return images
        dice = keras.random.uniform((ops.shape(images)[0], 1, 1, 1), seed=self.generator)
        lighter = ops.max_pool(images, 2, 1, padding="same", data_format="channels_last")
        darker = -ops.max_pool(-images, 2, 1, padding="same", data_format="channels_last")
        changed = ops.where(dice < self.rate / 2, lighter, darker)
        return ops.where(dice < self.rate, changed, images)

    def compute_output_shape(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return the input's shape: images keep their size."""
        return input_shape


class Augmentation:
    """Small changes of geometry and light, lines, JPEG artefacts.

    | name | its strength is |
    |---|---|
    | `rotation` | the largest angle, in degrees |
    | `shift_x`, `shift_y` | the largest shift, as a share of the width or the height |
    | `zoom` | the largest change of either side, as a share |
    | `shear` | the largest horizontal shear, as Keras's `RandomShear` counts it |
    | `strikes` | the share of images that get strike lines |
    | `morphology` | the share of images with thinner or thicker strokes |
    | `brightness` | the largest change, on the scale from 0 to 1 |
    | `contrast` | the largest change, as a share |
    | `jpeg` | the share of images that go through JPEG |

    Args:
        config: gives the images' size.
        strengths: each change with its strength; what is left out is not done.

    Raises:
        DependencyError: keras-cv is not installed, and JPEG is wanted.
    """

    def __init__(self, config: CaptchaConfig, strengths: Mapping[str, float]) -> None:
        # Edges are continued, because a black or white border would be a hint of its own.
        edges = {"fill_mode": "nearest", "data_format": "channels_last"}
        light = {"value_range": (0, 1)}
        shifts = (strengths.get("shift_y", 0.0), strengths.get("shift_x", 0.0))
        layers: dict[str, Callable[[float], Any]] = {
            "rotation": lambda s: keras.layers.RandomRotation(s / 360, **edges),
            "shift": lambda _: keras.layers.RandomTranslation(*shifts, **edges),
            "zoom": lambda s: keras.layers.RandomZoom((-s, s), (-s, s), **edges),
            "shear": lambda s: keras.layers.RandomShear(s, 0.0, **edges),
            "strikes": lambda s: RandomStrike(config.height, config.width, s),
            "morphology": RandomMorphology,
            "brightness": lambda s: keras.layers.RandomBrightness(s, **light),
            "contrast": lambda s: keras.layers.RandomContrast(s, **light),
        }
        wanted = {**strengths, "shift": max(shifts)}
        self._layers = [make(wanted[name]) for name, make in layers.items() if wanted.get(name)]
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


def _jpeg_layers() -> list[Any]:
    """Return a layer for every quality.

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
