"""Convolutions and one dense head for every position of a text of fixed length, without CTC.

The positions that a shorter text does not use have class 0, "no character". The saved option for
their number is called `places`. The tutorial that this network comes from has a sigmoid for each of
its 36 characters and trains them with categorical cross-entropy, which divides the sigmoids by
their sum. The option `sigmoid=1` computes exactly that: its logits are the logarithms of the
sigmoids, whose softmax is that quotient.
"""

from typing import TYPE_CHECKING

from captcha_model.config import CaptchaConfig
from captcha_model.decoding.heads import FIXED
from captcha_model.networks._blocks import MOMENTUM
from captcha_model.networks.base import INPUT, Architecture, Options

if TYPE_CHECKING:
    import keras

ARCHITECTURE = Architecture(
    output=FIXED,
    steps=lambda config, options: int(options["places"]),  # noqa: ARG005
    left_to_right=False,
    recurrent=False,
    options={
        "places": (1, 64, 5),
        "filters": (4, 256, 16),
        "dense": (4, 1024, 64),
        "dropout": (0.0, 0.9, 0.5),
        "sigmoid": (0, 1, 0),
    },
    origin=(
        "convolutions and one dense layer for every position, as in tutorials on texts of a fixed "
        "length."
    ),
)


def build(config: CaptchaConfig, options: Options) -> "keras.Model":
    """Build the network: images (N, H, W, C) from 0 to 1 to logits (N, positions, classes)."""
    import keras
    from keras import layers

    filters, classes = int(options["filters"]), config.vocabulary.classes
    images = keras.Input(config.input_shape, name=INPUT)
    x = images
    for factor in (1, 2, 2):
        x = layers.Conv2D(factor * filters, 3, padding="same", activation="relu")(x)
        x = layers.MaxPooling2D((2, 2), padding="same")(x)
    x = layers.BatchNormalization(momentum=MOMENTUM)(x)
    x = layers.Flatten()(x)
    heads = []
    for position in range(int(options["places"])):
        head = layers.Dense(int(options["dense"]), activation="relu")(x)
        head = layers.Dropout(options["dropout"])(head)
        head = layers.Dense(classes, dtype="float32", name=f"place_{position + 1}")(head)
        heads.append(layers.Reshape((1, classes), dtype="float32")(head))
    joined = layers.Concatenate(axis=1, dtype="float32")
    logits = joined(heads) if len(heads) > 1 else heads[0]
    if options["sigmoid"]:
        logits = layers.Activation("log_sigmoid", dtype="float32")(logits)
    return keras.Model(images, logits, name="multi_head")
