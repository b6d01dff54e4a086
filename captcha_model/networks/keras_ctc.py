"""The network of the Keras example "OCR model for reading Captchas" (A. K. Nain, 2020).

Two convolutions, two bidirectional LSTMs, and one step for every four columns. The original has its
loss in an endpoint layer of the graph, which then cannot be loaded without the training code. Here
the loss is passed to `compile`, so the saved network is for inference only.
"""

from typing import TYPE_CHECKING

from captcha_model.config import CaptchaConfig
from captcha_model.decoding.heads import CTC
from captcha_model.networks._blocks import columns_to_steps
from captcha_model.networks.base import INPUT, OUTPUT, Architecture, Options

if TYPE_CHECKING:
    import keras

ARCHITECTURE = Architecture(
    output=CTC,
    steps=lambda config, options: config.width // 4,  # noqa: ARG005
    left_to_right=True,
    recurrent=True,
    options={
        "filters": (4, 256, 32),
        "dense": (4, 1024, 64),
        "lstm": (4, 1024, 128),
        "dropout": (0.0, 0.9, 0.2),
        "lstm_dropout": (0.0, 0.9, 0.25),
    },
    origin=(
        "A. K. Nain, [OCR model for reading Captchas]"
        "(https://keras.io/examples/vision/captcha_ocr/), a Keras example, 2020."
    ),
)


def build(config: CaptchaConfig, options: Options) -> "keras.Model":
    """Build the network: images (N, H, W, C) from 0 to 1 to logits (N, T, classes), T = W / 4."""
    import keras
    from keras import layers

    filters, lstm = int(options["filters"]), int(options["lstm"])
    images = keras.Input(config.input_shape, name=INPUT)
    x = images
    for factor in (1, 2):
        x = layers.Conv2D(
            factor * filters, 3, padding="same", activation="relu", kernel_initializer="he_normal"
        )(x)
        x = layers.MaxPooling2D((2, 2))(x)
    x = columns_to_steps(x)
    x = layers.Dense(int(options["dense"]), activation="relu")(x)
    x = layers.Dropout(options["dropout"])(x)
    for units in (lstm, lstm // 2):
        x = layers.Bidirectional(
            layers.LSTM(units, return_sequences=True, dropout=options["lstm_dropout"])
        )(x)
    logits = layers.Dense(config.vocabulary.classes, dtype="float32", name=OUTPUT)(x)
    return keras.Model(images, logits, name="keras_ctc")
