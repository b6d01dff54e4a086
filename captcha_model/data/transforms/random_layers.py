"""Layers that change training images at random, where neither Keras nor keras-cv has what we need.

Each changes some of the images of a batch (float32, (N, H, W, C), from 0 to 1); a seed generator
decides which ones and how. Without training it changes none. Noise alone may leave that range.
"""

from typing import Any

import keras
import numpy as np
from keras import ops

from captcha_model.data.synthetic.kaptcha import draw_strike_lines


class RandomLayer(keras.layers.Layer):
    """What all of them share.

    Args:
        rate: the share of images that are changed.
    """

    def __init__(self, rate: float = 0.5, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rate = rate
        self.generator = keras.random.SeedGenerator(0)

    def call(self, images: Any, training: bool = True) -> Any:
        """Return the images, some of them changed."""
        if not training:
            return images
        # Only what is changed is computed. A share that is no whole number is one in the mean.
        count = ops.shape(images)[0]
        share = self.rate * ops.cast(count, "float32")
        hit = ops.cast(ops.floor(share + self._random((), 0.0, 1.0)), "int32")
        order = ops.argsort(self._random((count,), 0.0, 1.0))
        # TensorFlow's depthwise convolution of no image at all has a wrong shape.
        changed = self.change(ops.take(images, order[: ops.maximum(hit, 1)], axis=0))
        return ops.scatter_update(images, order[:hit, None], changed[:hit])

    def change(self, images: Any) -> Any:
        """Return these images changed, each by chances of its own."""
        raise NotImplementedError

    def uniform(self, images: Any, low: float, high: float) -> Any:
        """Return a random number for each image, of shape (N, 1, 1, 1)."""
        return self._random((ops.shape(images)[0], 1, 1, 1), low, high)

    def compute_output_shape(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return the input's shape: images keep their size."""
        return input_shape

    def _random(self, shape: tuple[Any, ...], low: float, high: float) -> Any:
        return keras.random.uniform(shape, low, high, seed=self.generator)


class RandomStrikeLines(RandomLayer):
    """Draws strike lines across images, in the manner of captcha_images_v2.

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
        super().__init__(rate, **kwargs)
        self.bank = bank
        random = np.random.default_rng(0)
        drawn = np.stack([draw_strike_lines(random) for _ in range(bank)])[..., None]
        light = 1 - drawn.astype(np.float32)
        self._light = ops.image.resize(light, (height, width), data_format="channels_last")

    def change(self, images: Any) -> Any:
        """Lay one picture of lines over each image."""
        count = ops.shape(images)[0]
        chosen = keras.random.randint((count,), 0, self.bank, seed=self.generator)
        return images * ops.take(self._light, chosen, axis=0)


class RandomMorphology(RandomLayer):
    """Makes the strokes of its images half a pixel thinner or, as often, thicker."""

    def change(self, images: Any) -> Any:
        """Erode or dilate each image."""
        dice = self.uniform(images, 0.0, 1.0)
        lighter = ops.max_pool(images, 2, 1, padding="same", data_format="channels_last")
        darker = -ops.max_pool(-images, 2, 1, padding="same", data_format="channels_last")
        return ops.where(dice < 0.5, lighter, darker)


class RandomNoise(RandomLayer):
    """Adds to every value a Gaussian of its own; how wide it is differs by the image."""

    WIDEST = 0.45  # The largest standard deviation.

    def change(self, images: Any) -> Any:
        """Add noise to each image."""
        noise = keras.random.normal(ops.shape(images), seed=self.generator)
        return images + noise * self.uniform(images, 0.0, self.WIDEST)


class RandomBlur(RandomLayer):
    """Blurs by a Gaussian; how wide it is differs by the batch, as a share of the height."""

    WIDEST = 0.06  # The largest standard deviation; a kernel reaches twice as far.

    def change(self, images: Any) -> Any:
        """Blur all images alike: a kernel for each would take longer than the training."""
        _, height, _, channels = images.shape
        reach = int(np.ceil(2 * self.WIDEST * height))
        width = self._random((), 0.2, self.WIDEST * height)
        offsets = np.arange(-reach, reach + 1, dtype=np.float32)
        kernel = ops.softmax(-0.5 * (offsets / width) ** 2)
        kernel = ops.tile(ops.reshape(kernel, (1, -1, 1, 1)), (1, 1, channels, 1))
        for axes in ((0, 1, 2, 3), (1, 0, 2, 3)):
            images = ops.depthwise_conv(
                # Edges are continued, because dark ones would be a hint of their own.
                _padded(images, reach, 2 - axes[0]),
                ops.transpose(kernel, axes),
                data_format="channels_last",
            )
        return images


def _padded(images: Any, reach: int, axis: int) -> Any:
    """Continue the edges of one axis."""
    first = ops.take(images, [0] * reach, axis=axis)
    last = ops.take(images, [images.shape[axis] - 1] * reach, axis=axis)
    return ops.concatenate([first, images, last], axis=axis)


class RandomCutout(RandomLayer):
    """Covers two parts of an image by boxes that are as large as a character at most.

    A third of the boxes have the colour of some pixel of the image, which is mostly that of its
    paper, and a third the darkest or the lightest of it, whichever is further from the mean, which
    is that of its ink: so a glyph may lose a part, or gain one, and look like another. The others
    have any grey.
    """

    LARGEST = 0.4  # The longest side, as a share of the height.

    def change(self, images: Any) -> Any:
        """Lay two boxes over each image (after T. DeVries and G. W. Taylor, 2017)."""
        mean = ops.mean(images, axis=(1, 2), keepdims=True)
        dark, light = (f(images, axis=(1, 2), keepdims=True) for f in (ops.min, ops.max))
        ink = ops.where(mean - dark > light - mean, dark, light)
        return self._boxed(self._boxed(images, ink), ink)

    def _boxed(self, images: Any, ink: Any) -> Any:
        _, height, width, channels = images.shape
        rows = ops.reshape(ops.arange(height, dtype="float32"), (1, -1, 1, 1)) / height
        columns = ops.reshape(ops.arange(width, dtype="float32"), (1, 1, -1, 1)) / height
        inside = self._within(images, rows, 1.0) & self._within(images, columns, width / height)
        pixels = ops.reshape(images, (-1, height * width, 1, channels))
        place = ops.cast(self.uniform(images, 0.0, float(height * width)), "int32")
        some = ops.take_along_axis(pixels, ops.minimum(place, height * width - 1), axis=1)
        dice = self.uniform(images, 0.0, 3.0)
        colour = ops.where(dice < 2.0, ink, self.uniform(images, 0.0, 1.0))
        return ops.where(inside, ops.where(dice < 1.0, some, colour), images)

    def _within(self, images: Any, places: Any, end: float) -> Any:
        middle = self.uniform(images, 0.0, end)
        return ops.abs(places - middle) < self.uniform(images, 0.05, self.LARGEST) / 2
