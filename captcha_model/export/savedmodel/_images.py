"""Encoded images to a network's input in TensorFlow's operations, as `preprocessing` does it.

What comes out is the same, or one level of 255 away where an image is resized. But TensorFlow's
decoder is not Pillow's. It reads PNG, JPEG, GIF, BMP and (from TensorFlow 2.20 on) WebP; it does
not turn an image upright by its EXIF entry, takes the high byte of a 16-bit grey, which may be one
level off, knows no transparency but an alpha channel (a GIF's transparent pixels are black), and
takes the indices of a BMP with a palette for greys. Our limits on an image's size are not in the
graph.
"""

from typing import Any

from captcha_model.config import CaptchaConfig

WHITE = 255
# ITU-R 601, as Pillow has it: in units of 2^-16, which add up to one.
LUMA, LUMA_UNIT = (19595, 38470, 7471), 2**16


def to_batch(encoded: Any, config: CaptchaConfig) -> Any:
    """Turn encoded images into a network's input.

    Args:
        encoded: strings of shape (N,), the bytes of one image each.
        config: the size and the channels.

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

    # The fourth byte of a BMP's pixel is seldom an alpha and mostly 0, and Pillow ignores it.
    pixels = tf.cond(
        tf.strings.substr(image, 0, 2) == b"BM",
        lambda: tf.io.decode_image(image, channels=3, expand_animations=False),
        lambda: tf.io.decode_image(image, expand_animations=False),
    )
    return tf.cast(tf.ensure_shape(pixels, (None, None, None)), tf.int32)


def _colours(pixels: Any, channels: int) -> Any:
    """Lay (h, w, 1 to 4) on white and give it `channels`: (h, w, 1 or 3)."""
    import tensorflow as tf

    found = tf.shape(pixels)[-1]
    alpha = tf.where(found % 2 == 0, pixels[..., -1:], WHITE)
    # One grey serves as all three colours.
    rgb = tf.gather(pixels, tf.range(3) * tf.cast(found > 2, tf.int32), axis=-1)
    rgb = (rgb * alpha + WHITE * (WHITE - alpha) + WHITE // 2) // WHITE
    if channels == 3:
        return rgb
    weighted = tf.reduce_sum(rgb * tf.constant(LUMA), axis=-1, keepdims=True)
    return (weighted + LUMA_UNIT // 2) // LUMA_UNIT


def _fit(pixels: Any, config: CaptchaConfig) -> Any:
    """Bring int32 (h, w, C) to the network's size: float32 (height, width, C), in whole levels."""
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
    """Resize as Pillow does: columns first, then rows, rounded after each."""
    import tensorflow as tf

    for size in ((tf.shape(image)[0], width), (height, width)):
        image = tf.floor(tf.image.resize(image, size, antialias=True) + 0.5)
    return image


def _pad(image: Any, height: Any, width: Any, config: CaptchaConfig) -> Any:
    """Put (height, width, C) at the left of the input, half-way down, on its border's median."""
    import tensorflow as tf

    border = tf.concat([image[0], image[-1], image[1:-1, 0], image[1:-1, -1]], axis=0)
    ordered, count = tf.sort(border, axis=0), tf.shape(border)[0]
    colour = tf.floor((ordered[(count - 1) // 2] + ordered[count // 2]) / 2)
    top = (config.height - height) // 2
    around = [[top, config.height - height - top], [0, config.width - width], [0, 0]]
    padded = tf.pad(image - colour, around) + colour
    return tf.ensure_shape(padded, config.input_shape)
