"""For images of any look and any width: convolutions, one bidirectional LSTM, CTC logits.

It is a CRNN (Shi, Bai and Yao, 2015) whose number of time steps follows the width of the image. The
colours of every image are normalised first (instance normalisation; Ulyanov, Vedaldi and Lempitsky,
2016), so that the network need not learn that light on dark or a weak contrast is the same text.
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
        "filters": (4, 128, 16),
        # Convolutions where the height is a quarter and an eighth of the image's.
        "at_quarter": (1, 6, 2),
        "at_eighth": (1, 6, 1),
        "last_filters": (4, 1024, 144),
        "dense": (4, 1024, 128),
        "lstm": (4, 1024, 144),
        "dropout": (0.0, 0.9, 0.0),
    },
    origin=(
        'our own, after the CRNN of B. Shi, X. Bai and C. Yao, "An End-to-End Trainable Neural '
        "Network for Image-based Sequence Recognition and Its Application to Scene Text "
        'Recognition", 2015, for images of any width.'
    ),
    any_width=True,
)

# Of a colour's standard deviation, on the scale from 0 to 1: less contrast than this is noise.
_LEAST_CONTRAST = 0.02


def build(config: CaptchaConfig, options: Options) -> "keras.Model":
    """Build the network: images (N, H, W, C) from 0 to 1 to logits (N, T, classes), T = W / 4."""
    import keras
    from keras import layers

    filters = int(options["filters"])

    images = keras.Input(config.network_shape, name=INPUT)
    x = layers.GroupNormalization(
        groups=config.channels, epsilon=_LEAST_CONTRAST**2, center=False, scale=False
    )(images)
    # At the full or half resolution, every layer takes a large share of the time.
    x = convolution(x, filters, kernel=5, strides=2)
    x = convolution(x, filters * 2)
    x = layers.MaxPooling2D((2, 2))(x)
    # From here on only the height shrinks: each remaining column is a time step.
    for _ in range(int(options["at_quarter"])):
        x = convolution(x, filters * 4)
    x = layers.MaxPooling2D((2, 1), padding="same")(x)
    for _ in range(int(options["at_eighth"])):
        x = convolution(x, filters * 6)
    x = layers.MaxPooling2D((2, 1), padding="same")(x)
    x = convolution(x, int(options["last_filters"]))

    x = dense_columns(x, int(options["dense"]))
    logits = bypassed_lstm(x, config, options)
    return keras.Model(images, logits, name="general")
