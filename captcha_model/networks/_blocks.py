"""What the networks of several architectures are made of."""

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
