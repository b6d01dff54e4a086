"""Encoded images to the input of a network, with TensorFlow's operations.

The result is that of `captcha_model.images.preprocessing`, or differs by one level of 255 if an
image is resized. But TensorFlow's decoder differs from Pillow's. It reads PNG, JPEG, GIF, BMP and
(since TensorFlow 2.20) WebP. It uses the high byte of 16-bit grey values, which may be one level
off, shows a PNG's transparent colour where it has no palette, takes the palette indices of a BMP
for grey values, and makes the rest of a GIF black whose first frame is smaller than the image. A
transparent GIF is laid on white even if it is too pale to be seen there. Our limits on the size of
an image are not in the graph.
"""

from typing import Any

from captcha_model.config import CaptchaConfig
from captcha_model.export.savedmodel._exif import upright
from captcha_model.export.savedmodel._gif import on_white
from captcha_model.images.flatten import PALE

_JPEG = b"\xff\xd8\xff"
WHITE = 255
# ITU-R 601, as in Pillow: in units of 2^-16, which add up to 1.
LUMA, LUMA_UNIT = (19595, 38470, 7471), 2**16


def to_batch(encoded: Any, config: CaptchaConfig) -> Any:
    """Convert encoded images to the input of a network.

    Args:
        encoded: strings of shape (N,), each the bytes of one image.
        config: the size and the number of channels.

    Returns:
        float32 of shape (N, height, width, channels) from 0 to 1.
    """
    import tensorflow as tf

    pixels = tf.map_fn(
        lambda image: _fit(_colours(_decode(image), config.channels), config),
        encoded,
        fn_output_signature=tf.TensorSpec(config.input_shape, tf.float32),
    )
    return pixels * (1 / 255)


def _decode(image: Any) -> Any:
    """Decode one image to int32 (h, w, 1 to 4): grey or colours, with or without alpha."""
    import tensorflow as tf

    def begins(mark: bytes) -> Any:
        return tf.strings.substr(image, 0, len(mark)) == mark

    # The fourth byte of a BMP pixel is rarely alpha and mostly 0, and Pillow ignores it. Pillow's
    # decoder of JPEG is the accurate one.
    pixels = tf.case(
        [
            (begins(b"BM"), lambda: tf.io.decode_bmp(image, channels=3)),
            (begins(_JPEG), lambda: tf.io.decode_jpeg(image, dct_method="INTEGER_ACCURATE")),
            (
                begins(b"GIF8"),
                lambda: tf.io.decode_image(on_white(image), expand_animations=False),
            ),
        ],
        default=lambda: tf.io.decode_image(image, expand_animations=False),
    )
    pixels = tf.cast(tf.ensure_shape(pixels, (None, None, None)), tf.int32)
    return upright(pixels, image)


def _colours(pixels: Any, channels: int) -> Any:
    """Composite (h, w, 1 to 4) as `flatten` does, and convert to `channels`: (h, w, 1 or 3)."""
    import tensorflow as tf

    found = tf.shape(pixels)[-1]
    alpha = tf.where(found % 2 == 0, pixels[..., -1:], WHITE)
    # A grey value is used for all three colours.
    rgb = tf.gather(pixels, tf.range(3) * tf.cast(found > 2, tf.int32), axis=-1)
    visible = rgb * alpha + WHITE // 2
    light, dark = (visible + WHITE * (WHITE - alpha)) // WHITE, visible // WHITE
    transparent = (tf.reduce_min(alpha) < WHITE) & (tf.reduce_max(alpha) > 0)
    rgb = tf.where(transparent & (tf.reduce_min(light) >= PALE), dark, light)
    if channels == 3:
        return rgb
    weighted = tf.reduce_sum(rgb * tf.constant(LUMA), axis=-1, keepdims=True)
    return (weighted + LUMA_UNIT // 2) // LUMA_UNIT


def _fit(pixels: Any, config: CaptchaConfig) -> Any:
    """Resize int32 (h, w, C) to the input: float32 (height, width, C), in whole levels."""
    import tensorflow as tf

    image = tf.cast(pixels, tf.float32)
    if config.resize == "stretch":
        return _resize(image, config.height, config.width)
    sides = tf.shape(image)[:2]
    scale = tf.reduce_min(tf.constant(config.input_shape[:2]) / sides)
    fitted = tf.cast(tf.round(tf.cast(sides, tf.float64) * scale), tf.int32)
    height, width = tf.unstack(tf.maximum(fitted, 1))
    return _pad(_resize(image, height, width), height, width, config)


def _resize(image: Any, height: Any, width: Any) -> Any:
    """Resize like Pillow: columns first, then rows, rounded after each."""
    import tensorflow as tf

    for size in ((tf.shape(image)[0], width), (height, width)):
        image = tf.floor(tf.image.resize(image, size, antialias=True) + 0.5)
    return image


def _pad(image: Any, height: Any, width: Any, config: CaptchaConfig) -> Any:
    """Put (height, width, C) at the left of the input, centred vertically, on its border colour."""
    import tensorflow as tf

    border = tf.concat([image[0], image[-1], image[1:-1, 0], image[1:-1, -1]], axis=0)
    ordered, count = tf.sort(border, axis=0), tf.shape(border)[0]
    colour = tf.floor((ordered[(count - 1) // 2] + ordered[count // 2]) / 2)
    top = (config.height - height) // 2
    around = [[top, config.height - height - top], [0, config.width - width], [0, 0]]
    padded = tf.pad(image - colour, around) + colour
    return tf.ensure_shape(padded, config.input_shape)
