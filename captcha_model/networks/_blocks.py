"""Blocks that several architectures share."""

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras

# With Keras's default of 0.99 the moving averages need hundreds of steps to settle, which is more
# than a small data set has.
MOMENTUM = 0.9


def convolution(
    x: "keras.KerasTensor", filters: int, kernel: int = 3, strides: int = 1
) -> "keras.KerasTensor":
    """Apply a padded convolution, batch normalisation and ReLU: (N, rows, columns, filters)."""
    from keras import layers

    # Batch normalisation has its own offset, so the convolution needs no bias.
    x = layers.Conv2D(filters, kernel, strides, padding="same", use_bias=False)(x)
    x = layers.BatchNormalization(momentum=MOMENTUM)(x)
    return layers.ReLU()(x)


def columns_to_steps(x: "keras.KerasTensor") -> "keras.KerasTensor":
    """Turn the columns of (N, rows, T, channels) into time steps: (N, T, rows * channels)."""
    from keras import layers

    _, rows, steps, channels = x.shape
    x = layers.Permute((2, 1, 3))(x)
    return layers.Reshape((steps, rows * channels))(x)


def dense_columns(x: "keras.KerasTensor", units: int) -> "keras.KerasTensor":
    """Apply a dense layer with ReLU to each column of (N, rows, T, channels): (N, T, units).

    It computes the same as `columns_to_steps` and a dense layer. It is written as a convolution as
    high as the columns, because on a CPU it is faster to transpose its small output than its input.
    """
    from keras import initializers, layers

    _, rows, steps, channels = x.shape  # An open width has no number of steps.
    # The initialisation of Glorot and Bengio (2010) for the equivalent dense layer; Keras would
    # compute another limit for the convolution.
    limit = math.sqrt(6 / (rows * channels + units))
    begin = initializers.RandomUniform(-limit, limit)
    x = layers.Conv2D(units, (rows, 1), activation="relu", kernel_initializer=begin)(x)
    return layers.Reshape((steps or -1, units))(x)
