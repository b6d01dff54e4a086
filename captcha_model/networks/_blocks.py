"""Blocks that several architectures share."""

import math
from typing import TYPE_CHECKING

from captcha_model.config import CaptchaConfig
from captcha_model.networks.base import OUTPUT, Options
from captcha_model.vocabulary import BLANK

if TYPE_CHECKING:
    import keras

# With Keras's default of 0.99 the moving averages need hundreds of steps to settle, which is more
# than a small data set has.
MOMENTUM = 0.9
# CTC first learns to predict blanks everywhere, and may stay there for long. A blank that is less
# likely at the start shortens that phase, as does the bypass of the recurrent layer.
FIRST_BLANK_LOGIT = -2.0


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


def bypassed_lstm(
    x: "keras.KerasTensor", config: CaptchaConfig, options: Options
) -> "keras.KerasTensor":
    """Read steps (N, T, features) in both directions, and return CTC logits (N, T, classes).

    Args:
        x: the features of every step.
        config: gives the number of classes.
        options: of the architecture; "lstm" and "dropout" are used.
    """
    import keras
    from keras import layers

    x = layers.Dropout(options["dropout"])(x)
    context = layers.Bidirectional(layers.LSTM(int(options["lstm"]), return_sequences=True))(x)
    # The features of a step also bypass the recurrent layer; without that, learning starts much
    # later.
    x = layers.Concatenate()([x, context])
    x = layers.Dropout(options["dropout"])(x)
    head = layers.Dense(config.vocabulary.classes, dtype="float32", name=OUTPUT)
    logits = head(x)
    head.bias.assign(keras.ops.one_hot(BLANK, config.vocabulary.classes) * FIRST_BLANK_LOGIT)
    return logits
