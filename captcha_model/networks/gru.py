"""Two convolutional blocks and three bidirectional GRU layers, with CTC."""

from typing import TYPE_CHECKING

from captcha_model.config import CaptchaConfig
from captcha_model.decoding.heads import CTC
from captcha_model.networks._blocks import columns_to_steps, convolution
from captcha_model.networks.base import INPUT, OUTPUT, Architecture, Options

if TYPE_CHECKING:
    import keras

LAYERS = 3

ARCHITECTURE = Architecture(
    output=CTC,
    steps=lambda config, options: config.width // 4,  # noqa: ARG005
    left_to_right=True,
    recurrent=True,
    options={
        "filters": (4, 256, 32),
        "dense": (4, 1024, 64),
        "gru": (4, 1024, 64),
        "dropout": (0.0, 0.9, 0.2),
    },
    origin="convolutions and three bidirectional GRUs with CTC, as in public captcha readers.",
)


def build(config: CaptchaConfig, options: Options) -> "keras.Model":
    """Build the network: images (N, H, W, C) from 0 to 1 to logits (N, T, classes), T = W / 4."""
    import keras
    from keras import layers

    images = keras.Input(config.input_shape, name=INPUT)
    x = images
    for factor in (1, 2):
        x = convolution(x, factor * int(options["filters"]))
        x = layers.MaxPooling2D((2, 2))(x)
    x = columns_to_steps(x)
    x = layers.Dense(int(options["dense"]), activation="relu")(x)
    for _ in range(LAYERS):
        x = layers.Dropout(options["dropout"])(x)
        x = layers.Bidirectional(layers.GRU(int(options["gru"]), return_sequences=True))(x)
    logits = layers.Dense(config.vocabulary.classes, dtype="float32", name=OUTPUT)(x)
    return keras.Model(images, logits, name="gru")
