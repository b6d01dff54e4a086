"""Our default: a small convolutional network, one bidirectional LSTM, CTC logits.

The idea is that of the CRNN (Shi, Bai and Yao, 2015, "An End-to-End Trainable Neural Network for
Image-based Sequence Recognition"): convolutions turn columns of pixels into features, a recurrent
layer reads them in both directions, and every time step gives logits over the characters.
"""

import keras
from keras import layers

from captcha_model.config import CaptchaConfig
from captcha_model.networks import resolve_options
from captcha_model.vocabulary import BLANK

# CTC first finds that blanks everywhere cost least, and may stay there for ten epochs. A blank that
# begins as the less likely answer, with the concatenation below, shortens that by a third.
FIRST_BLANK_LOGIT = -2.0


def build(config: CaptchaConfig) -> keras.Model:
    """Build the network: images (N, H, W, C) from 0 to 1 to logits (N, T, classes), T = W / 4."""
    options = resolve_options(config)
    filters = int(options["filters"])

    images = keras.Input(config.input_shape, name="image")
    # A wide first kernel with a stride: at full resolution nearly all the time would be spent here.
    x = _convolution(images, filters, kernel=5, strides=2)
    x = _convolution(x, filters * 3 // 2)
    x = layers.MaxPooling2D((2, 2))(x)
    # From here on only the height shrinks: each remaining column is a time step.
    for factor in (3, 4):
        x = _convolution(x, filters * factor)
        x = layers.MaxPooling2D((2, 1), padding="same")(x)

    _, rows, steps, channels = x.shape
    x = layers.Permute((2, 1, 3))(x)  # (N, rows, T, channels) -> (N, T, rows, channels)
    x = layers.Reshape((steps, rows * channels))(x)
    x = layers.Dense(int(options["dense"]), activation="relu")(x)
    x = layers.Dropout(options["dropout"])(x)
    context = layers.Bidirectional(layers.LSTM(int(options["lstm"]), return_sequences=True))(x)
    # What a step sees itself goes past the recurrent layer too, or learning begins much later.
    x = layers.Concatenate()([x, context])
    x = layers.Dropout(options["dropout"])(x)
    head = layers.Dense(config.vocabulary.classes, name="logits")
    logits = head(x)
    head.bias.assign(keras.ops.one_hot(BLANK, config.vocabulary.classes) * FIRST_BLANK_LOGIT)
    return keras.Model(images, logits, name="crnn")


def _convolution(
    x: keras.KerasTensor, filters: int, kernel: int = 3, strides: int = 1
) -> keras.KerasTensor:
    # Batch normalisation has its own offset, so the convolution needs no bias.
    x = layers.Conv2D(filters, kernel, strides, padding="same", use_bias=False)(x)
    # Keras's default momentum of 0.99 needs hundreds of steps before the moving averages are right,
    # which is more than a small data set gives.
    x = layers.BatchNormalization(momentum=0.9)(x)
    return layers.ReLU()(x)
