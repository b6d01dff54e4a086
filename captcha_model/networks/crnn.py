"""The default: a small convolutional network, one bidirectional LSTM, CTC logits.

It follows the CRNN (Shi, Bai and Yao, 2015, "An End-to-End Trainable Neural Network for
Image-based Sequence Recognition"): convolutions turn columns of pixels into features, a recurrent
layer reads them in both directions, and every time step has logits over the characters.
"""

from typing import TYPE_CHECKING

from captcha_model.config import CaptchaConfig
from captcha_model.decoding.heads import CTC
from captcha_model.networks._blocks import bypassed_lstm, convolution, dense_columns
from captcha_model.networks.base import INPUT, Architecture, Options

if TYPE_CHECKING:
    import keras

ARCHITECTURE = Architecture(
    output=CTC,
    steps=lambda config, options: -(-config.width // 2) // 2,  # noqa: ARG005
    left_to_right=True,
    recurrent=True,
    options={
        "filters": (4, 256, 16),
        "dense": (4, 1024, 64),
        "lstm": (4, 1024, 48),
        "dropout": (0.0, 0.9, 0.2),
    },
    origin=(
        'our own, after the CRNN of B. Shi, X. Bai and C. Yao, "An End-to-End Trainable Neural '
        "Network for Image-based Sequence Recognition and Its Application to Scene Text "
        'Recognition", 2015.'
    ),
)


def build(config: CaptchaConfig, options: Options) -> "keras.Model":
    """Build the network: images (N, H, W, C) from 0 to 1 to logits (N, T, classes), T = W / 4."""
    import keras
    from keras import layers

    filters = int(options["filters"])

    images = keras.Input(config.input_shape, name=INPUT)
    # At the full or half resolution, every layer takes a large share of the time.
    x = convolution(images, filters, kernel=5, strides=2)
    x = layers.MaxPooling2D((2, 2))(x)
    # From here on only the height shrinks: each remaining column is a time step.
    x = convolution(x, filters * 2)
    for factor in (3, 4):
        x = convolution(x, filters * factor)
        x = layers.MaxPooling2D((2, 1), padding="same")(x)

    x = dense_columns(x, int(options["dense"]))
    logits = bypassed_lstm(x, config, options)
    return keras.Model(images, logits, name="crnn")
