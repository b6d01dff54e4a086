"""Bytes of files as tensors: everything that lies behind the end of a file is 0."""

from collections.abc import Callable
from typing import Any


class Bytes:
    """The bytes of one encoded image.

    Args:
        encoded: a scalar string.
    """

    def __init__(self, encoded: Any) -> None:
        import tensorflow as tf

        values = tf.cast(tf.io.decode_raw(encoded, tf.uint8), tf.int64)
        # One zero at the end stands for all bytes behind it.
        self._values = tf.concat([values, tf.zeros(1, tf.int64)], axis=0)
        self.size = tf.size(values, tf.int64)

    def at(self, place: Any) -> Any:
        """Return the bytes at some places: int64 of the same shape."""
        import tensorflow as tf

        return tf.gather(self._values, tf.clip_by_value(place, 0, self.size))

    def number(self, place: Any, length: int, *, little: Any) -> Any:
        """Return unsigned numbers of some bytes at some places, with either byte order."""
        import tensorflow as tf

        parts = [self.at(place + i) for i in range(length)]
        first = sum(part * 256**i for i, part in enumerate(parts))
        last = sum(part * 256**i for i, part in enumerate(reversed(parts)))
        return tf.where(little, first, last)

    def begins(self, place: Any, text: bytes) -> Any:
        """Return whether a text stands at a place."""
        import tensorflow as tf

        found = self.at(place + tf.range(len(text), dtype=tf.int64))
        return tf.reduce_all(found == tf.constant(list(text), tf.int64))


def follow(start: Any, goes_on: Callable[[Any], Any], following: Callable[[Any], Any]) -> Any:
    """Return the first place, from a start on, at which `goes_on` is false."""
    import tensorflow as tf

    (place,) = tf.while_loop(goes_on, lambda at: (following(at),), (tf.cast(start, tf.int64),))
    return place
