"""Nine residual blocks and a bidirectional LSTM, as in the captcha tutorial of mltu (R. Balsys).

The residual block is that of He et al. (2015), "Deep Residual Learning for Image Recognition". As
in the original, the last feature map is flattened row by row into time steps: the recurrent layer
reads its rows one after another, so the steps do not follow the image from left to right.
"""

from typing import TYPE_CHECKING

from captcha_model.config import CaptchaConfig
from captcha_model.decoding.heads import CTC
from captcha_model.networks._blocks import MOMENTUM
from captcha_model.networks.base import INPUT, OUTPUT, Architecture, Options

if TYPE_CHECKING:
    import keras

# The filters of each block, as multiples of the option, and its stride.
BLOCKS = ((1, 1), (1, 2), (1, 1), (2, 2), (2, 1), (4, 2), (2, 1), (4, 2), (4, 1))
SLOPE = 0.1  # Of the leaky ReLU, below 0.
SHRINK = 16  # Four blocks halve both sides.

ARCHITECTURE = Architecture(
    output=CTC,
    steps=lambda config, options: -(-config.height // SHRINK) * -(-config.width // SHRINK),  # noqa: ARG005
    left_to_right=False,
    recurrent=True,
    options={
        "filters": (2, 128, 16),
        "lstm": (4, 1024, 128),
        "dropout": (0.0, 0.9, 0.2),
    },
    origin=(
        "R. Balsys, the captcha tutorial of [mltu](https://github.com/pythonlessons/mltu); its "
        'blocks are those of K. He, X. Zhang, S. Ren and J. Sun, "Deep Residual Learning for Image '
        'Recognition", 2015.'
    ),
)


def build(config: CaptchaConfig, options: Options) -> "keras.Model":
    """Build the network: images (N, H, W, C) from 0 to 1 to logits (N, T, classes)."""
    import keras
    from keras import layers

    images = keras.Input(config.input_shape, name=INPUT)
    x = images
    for factor, strides in BLOCKS:
        x = _residual_block(x, factor * int(options["filters"]), strides, options["dropout"])
    _, rows, columns, channels = x.shape
    x = layers.Reshape((rows * columns, channels))(x)
    x = layers.Bidirectional(layers.LSTM(int(options["lstm"]), return_sequences=True))(x)
    x = layers.Dropout(options["dropout"])(x)
    logits = layers.Dense(config.vocabulary.classes, dtype="float32", name=OUTPUT)(x)
    return keras.Model(images, logits, name="residual")


def _residual_block(
    x: "keras.KerasTensor", filters: int, strides: int, dropout: float
) -> "keras.KerasTensor":
    from keras import layers

    around = x
    if strides > 1 or x.shape[-1] != filters:
        around = layers.Conv2D(filters, 1, strides, padding="same")(x)
    x = layers.Conv2D(filters, 3, strides, padding="same", use_bias=False)(x)
    x = layers.BatchNormalization(momentum=MOMENTUM)(x)
    x = layers.LeakyReLU(SLOPE)(x)
    x = layers.Conv2D(filters, 3, padding="same", use_bias=False)(x)
    x = layers.BatchNormalization(momentum=MOMENTUM)(x)
    x = layers.LeakyReLU(SLOPE)(layers.Add()([x, around]))
    return layers.Dropout(dropout)(x)
