"""What the networks of several architectures are made of."""

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras

# Keras's default of 0.99 needs hundreds of steps before the moving averages are right, which is
# more than a small data set gives.
MOMENTUM = 0.9


def convolution(
    x: "keras.KerasTensor", filters: int, kernel: int = 3, strides: int = 1
) -> "keras.KerasTensor":
    """Convolve, normalise over the batch, and cut off below 0; the borders are kept."""
    from keras import layers

    # Batch normalisation has its own offset, so the convolution needs no bias.
    x = layers.Conv2D(filters, kernel, strides, padding="same", use_bias=False)(x)
    x = layers.BatchNormalization(momentum=MOMENTUM)(x)
    return layers.ReLU()(x)


def columns_to_steps(x: "keras.KerasTensor") -> "keras.KerasTensor":
    """Make each column of (N, rows, T, channels) a time step: (N, T, rows * channels)."""
    from keras import layers

    _, rows, steps, channels = x.shape
    x = layers.Permute((2, 1, 3))(x)
    return layers.Reshape((steps, rows * channels))(x)


def dense_columns(x: "keras.KerasTensor", units: int) -> "keras.KerasTensor":
    """Make each column of (N, rows, T, channels) a time step of a dense layer: (N, T, units).

    It is what `columns_to_steps` and a dense layer with `relu` give, written as a convolution as
    high as the columns, because a CPU turns the axes of what comes out of that sooner than of what
    goes in.
    """
    from keras import initializers, layers

    _, rows, steps, channels = x.shape
    # Glorot and Bengio's (2010) for a dense layer; of a convolution each row would count as one.
    limit = math.sqrt(6 / (rows * channels + units))
    begin = initializers.RandomUniform(-limit, limit)
    x = layers.Conv2D(units, (rows, 1), activation="relu", kernel_initializer=begin)(x)
    return layers.Reshape((steps, units))(x)
