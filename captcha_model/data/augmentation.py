"""Random changes to training images, by Keras's layers and keras-cv's.

Every batch is seeded by (seed, epoch, step) alone, so a training that is interrupted and resumed
sees exactly the pictures it would have seen.
"""

from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf
from keras import ops

from captcha_model.errors import DependencyError


class RandomStrike(keras.layers.Layer):
    """Draws a dark line across some images, as those who make captchas do.

    The line is a parabola between two columns, one to two pixels to each side of its middle at the
    left and thinner to the right. Images are float32 of shape (N, H, W, C) from 0 to 1.

    Args:
        rate: the share of images that get a line.
        seed: of the layer's own random numbers.
    """

    def __init__(self, rate: float = 0.3, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rate = rate
        self.generator = keras.random.SeedGenerator(seed)

    def call(self, images: Any, training: bool = True) -> Any:
        """Return the images, some with a line across."""
        if not training:
            return images
        count, height, width = ops.shape(images)[0], images.shape[1], images.shape[2]

        def uniform(low: float, high: float) -> Any:
            return keras.random.uniform((count, 1, 1), low, high, seed=self.generator)

        columns = ops.reshape(ops.arange(width, dtype="float32"), (1, 1, width))
        rows = ops.reshape(ops.arange(height, dtype="float32"), (1, height, 1))
        first, last = uniform(0, 0.3) * width, uniform(0.35, 1) * width
        along = (columns - first) / (last - first)
        start, end = uniform(0, 1) * height, uniform(0, 1) * height
        sag = uniform(-0.3, 0.3) * height
        middle = start + (end - start) * along + 4 * sag * along * (1 - along)
        # Distances are measured across the line, not up and down, or steep lines would be thick.
        slope = (end - start + 4 * sag * (1 - 2 * along)) / (last - first)
        distance = ops.abs(rows - middle) / ops.sqrt(1 + slope * slope)
        thickness = uniform(0.6, 2.0) * (1 - 0.5 * along)
        ink = ops.clip(thickness - distance + 0.5, 0, 1)
        inside = ops.logical_and(along >= 0, along <= 1)
        drawn = ops.logical_and(uniform(0, 1) < self.rate, inside)
        ink = ops.where(drawn, ink, 0.0)
        return images * (1 - ops.expand_dims(ink, -1))

    def compute_output_shape(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return the input's shape: images keep their size."""
        return input_shape


class Augmentation:
    """The default augmentation: small changes of geometry and light, lines, JPEG artefacts.

    Raises:
        DependencyError: keras-cv is not installed.
    """

    def __init__(self) -> None:
        try:
            import keras_cv
        except ImportError as error:
            raise DependencyError.missing("keras-cv", "train", "Augmentation") from error
        # Edges are continued, because a black or white border would be a hint of its own.
        edges = {"fill_mode": "nearest", "data_format": "channels_last"}
        light = {"value_range": (0, 1)}
        self._layers: list[Any] = [
            keras.layers.RandomRotation(4 / 360, **edges),
            keras.layers.RandomTranslation(0.08, 0.05, **edges),
            keras.layers.RandomZoom((-0.1, 0.1), (-0.1, 0.1), **edges),
            keras.layers.RandomShear(0.15, 0.0, **edges),
            RandomStrike(0.5),
            keras.layers.RandomBrightness(0.15, **light),
            keras.layers.RandomContrast(0.2, **light),
            keras_cv.layers.RandomApply(keras_cv.layers.RandomJpegQuality((30, 95)), rate=0.2),
        ]
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
        states = np.random.SeedSequence(seed).generate_state(len(self._layers) + 1)
        for layer, state in zip(self._layers, states[1:], strict=True):
            if hasattr(layer, "generator"):
                layer.generator.state.assign(np.array([state, 0], np.uint32))
        # keras-cv's layers without a seed of their own draw from TensorFlow's global generator.
        tf.random.get_global_generator().reset_from_seed(int(states[0]))
        result: npt.NDArray[np.float32] = self._run(pixels).numpy()
        return result

    def _apply(self, pixels: Any) -> Any:
        images = tf.cast(pixels, tf.float32) / 255
        for layer in self._layers:
            images = layer(images, training=True)
        return tf.clip_by_value(images, 0, 1)
