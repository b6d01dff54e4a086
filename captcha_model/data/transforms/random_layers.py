"""Random layers for training images that neither Keras nor keras-cv has.

Each layer changes a random fraction of a batch (`float32`, (N, H, W, C), from 0 to 1) in training
mode, and nothing otherwise. Its seed generator determines which images change and how. Only
`RandomNoise` may leave the range from 0 to 1.
"""

from typing import Any

import keras
import numpy as np
from keras import ops

from captcha_model.data.synthetic.kaptcha import draw_strike_lines


class RandomLayer(keras.layers.Layer):
    """The base class: it selects the images that a subclass changes.

    Args:
        rate: the fraction of images that are changed, from 0 to 1.
    """

    def __init__(self, rate: float = 0.5, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rate = rate
        self.generator = keras.random.SeedGenerator(0)

    def call(self, images: Any, training: bool = True) -> Any:
        """Return the batch with a random fraction of the images changed."""
        if not training:
            return images
        # Only the selected images are computed. Random rounding keeps the mean number of them.
        count = ops.shape(images)[0]
        expected = self.rate * ops.cast(count, "float32")
        selected = ops.cast(ops.floor(expected + self._random((), 0.0, 1.0)), "int32")
        order = ops.argsort(self._random((count,), 0.0, 1.0))
        # At least one: TensorFlow's depthwise convolution of an empty batch has a wrong shape.
        changed = self.change(ops.take(images, order[: ops.maximum(selected, 1)], axis=0))
        return ops.scatter_update(images, order[:selected, None], changed[:selected])

    def change(self, images: Any) -> Any:
        """Return all of the images changed, each by its own random numbers."""
        raise NotImplementedError

    def uniform(self, images: Any, low: float, high: float) -> Any:
        """Return a random number for each image: shape (N, 1, 1, 1)."""
        return self._random((ops.shape(images)[0], 1, 1, 1), low, high)

    def compute_output_shape(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return the shape of the input; images keep their size."""
        return input_shape

    def _random(self, shape: tuple[Any, ...], low: float, high: float) -> Any:
        return keras.random.uniform(shape, low, high, seed=self.generator)


class RandomStrikeLines(RandomLayer):
    """Draws strike lines across images, in the style of captcha_images_v2.

    A `c` with a line through it looks like an `e`, so a network must see many lines. They come from
    a bank that is drawn once, because drawing new lines for every image would take longer than
    training on it.

    Args:
        height: the number of rows of the images.
        width: the number of columns of the images.
        rate: the fraction of images that get lines.
        bank: the number of different line images.
    """

    def __init__(
        self, height: int, width: int, rate: float = 0.5, bank: int = 512, **kwargs: Any
    ) -> None:
        super().__init__(rate, **kwargs)
        self.bank = bank
        random = np.random.default_rng(0)
        lines = np.stack([draw_strike_lines(random) for _ in range(bank)])[..., None]
        transparency = 1 - lines.astype(np.float32)
        self._bank = ops.image.resize(transparency, (height, width), data_format="channels_last")

    def change(self, images: Any) -> Any:
        """Multiply each image with a random line image."""
        count = ops.shape(images)[0]
        chosen = keras.random.randint((count,), 0, self.bank, seed=self.generator)
        return images * ops.take(self._bank, chosen, axis=0)


class RandomMorphology(RandomLayer):
    """Makes strokes half a pixel thinner or thicker, with equal probability."""

    def change(self, images: Any) -> Any:
        """Erode or dilate each image."""
        choice = self.uniform(images, 0.0, 1.0)
        lighter = ops.max_pool(images, 2, 1, padding="same", data_format="channels_last")
        darker = -ops.max_pool(-images, 2, 1, padding="same", data_format="channels_last")
        return ops.where(choice < 0.5, lighter, darker)


class RandomNoise(RandomLayer):
    """Adds Gaussian noise to every value; the standard deviation differs by image."""

    MAX_DEVIATION = 0.45  # The largest standard deviation.

    def change(self, images: Any) -> Any:
        """Add noise to each image."""
        noise = keras.random.normal(ops.shape(images), seed=self.generator)
        return images + noise * self.uniform(images, 0.0, self.MAX_DEVIATION)


class RandomBlur(RandomLayer):
    """Blurs with a Gaussian; the standard deviation differs by batch."""

    MAX_DEVIATION = 0.06  # The largest standard deviation, as a fraction of the height.

    def change(self, images: Any) -> Any:
        """Blur all images with one kernel; one per image would take longer than training."""
        _, height, _, channels = images.shape
        radius = int(np.ceil(2 * self.MAX_DEVIATION * height))
        deviation = self._random((), 0.2, self.MAX_DEVIATION * height)
        offsets = np.arange(-radius, radius + 1, dtype=np.float32)
        kernel = ops.softmax(-0.5 * (offsets / deviation) ** 2)
        kernel = ops.tile(ops.reshape(kernel, (1, -1, 1, 1)), (1, 1, channels, 1))
        for axes in ((0, 1, 2, 3), (1, 0, 2, 3)):
            images = ops.depthwise_conv(
                # Extended edges, because dark ones would be a feature to learn from.
                _extended(images, radius, 2 - axes[0]),
                ops.transpose(kernel, axes),
                data_format="channels_last",
            )
        return images


def _extended(images: Any, count: int, axis: int) -> Any:
    """Repeat the first and the last row or column of images `count` times."""
    first = ops.take(images, [0] * count, axis=axis)
    last = ops.take(images, [images.shape[axis] - 1] * count, axis=axis)
    return ops.concatenate([first, images, last], axis=axis)


class RandomCutout(RandomLayer):
    """Covers two regions of an image with boxes up to the size of a character.

    A third of the boxes has the colour of a random pixel, usually the background's. A third has the
    darkest or the lightest colour of the image, whichever is further from the mean: that of the
    text. So a glyph may lose or gain a stroke and look like another one. The rest has a random
    grey.
    """

    MAX_SIDE = 0.4  # The longest side of a box, as a fraction of the height.

    def change(self, images: Any) -> Any:
        """Draw two boxes over each image (T. DeVries and G. W. Taylor, 2017)."""
        mean = ops.mean(images, axis=(1, 2), keepdims=True)
        dark, light = (f(images, axis=(1, 2), keepdims=True) for f in (ops.min, ops.max))
        ink = ops.where(mean - dark > light - mean, dark, light)
        return self._with_box(self._with_box(images, ink), ink)

    def _with_box(self, images: Any, ink: Any) -> Any:
        _, height, width, channels = images.shape
        rows = ops.reshape(ops.arange(height, dtype="float32"), (1, -1, 1, 1)) / height
        columns = ops.reshape(ops.arange(width, dtype="float32"), (1, 1, -1, 1)) / height
        inside = self._within(images, rows, 1.0) & self._within(images, columns, width / height)
        pixels = ops.reshape(images, (-1, height * width, 1, channels))
        index = ops.cast(self.uniform(images, 0.0, float(height * width)), "int32")
        pixel = ops.take_along_axis(pixels, ops.minimum(index, height * width - 1), axis=1)
        choice = self.uniform(images, 0.0, 3.0)
        colour = ops.where(choice < 2.0, ink, self.uniform(images, 0.0, 1.0))
        return ops.where(inside, ops.where(choice < 1.0, pixel, colour), images)

    def _within(self, images: Any, positions: Any, end: float) -> Any:
        """Return which positions along an axis are inside a random interval for each image."""
        centre = self.uniform(images, 0.0, end)
        return ops.abs(positions - centre) < self.uniform(images, 0.05, self.MAX_SIDE) / 2
