"""Transparency of a GIF, which TensorFlow's decoder would turn black, with its operations.

The file is changed before it is decoded: the transparent entry of the palette becomes white, and is
not transparent any more.
"""

from typing import Any

from captcha_model.export.savedmodel._bytes import Bytes, follow

_HEADER = 13
_EXTENSION, _GRAPHIC_CONTROL, _IMAGE = 0x21, 0xF9, 0x2C
_WHITE = b"\xff\xff\xff"


def on_white(encoded: Any) -> Any:
    """Return a GIF whose first frame has white in the place of transparency."""
    import tensorflow as tf

    data = Bytes(encoded)

    def palette_size(flags_at: Any) -> Any:
        flags = data.at(flags_at)
        entries = tf.bitwise.left_shift(tf.constant(2, tf.int64), flags & 7)
        return tf.where(flags >= 0x80, entries, 0)

    def end_of_blocks(at: Any) -> Any:
        return 1 + follow(at, lambda at: data.at(at) > 0, lambda at: at + 1 + data.at(at))

    def skip(at: Any, control: Any) -> tuple[Any, Any]:
        is_control = data.at(at + 1) == _GRAPHIC_CONTROL
        return end_of_blocks(at + 2), tf.where(is_control, at, control)

    screen = tf.constant(10, tf.int64)
    frame, control = tf.while_loop(
        lambda at, _: data.at(at) == _EXTENSION,
        skip,
        (_HEADER + 3 * palette_size(screen), tf.zeros((), tf.int64)),
    )
    own = palette_size(frame + 9)
    palette = tf.where(own > 0, frame + 10, _HEADER)
    index = data.at(control + 6)
    flags = data.at(control + 3)
    is_there = index < tf.where(own > 0, own, palette_size(screen))
    has_frame = data.at(frame) == _IMAGE

    def changed() -> Any:
        at = tf.cast(palette + 3 * index, tf.int32)
        place = tf.cast(control + 3, tf.int32)
        opaque = tf.strings.substr(encoded, 0, place) + b"\0"
        opaque += tf.strings.substr(encoded, place + 1, -1)
        return tf.strings.substr(opaque, 0, at) + _WHITE + tf.strings.substr(opaque, at + 3, -1)

    is_transparent = (control > 0) & (flags % 2 == 1) & is_there & has_frame
    return tf.cond(is_transparent, changed, lambda: encoded)
