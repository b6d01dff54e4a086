"""Turning images upright by the orientation in their EXIF data, with TensorFlow's operations.

The rules are those of `captcha_model.images.sanitize`: the first EXIF entry of a JPEG, PNG or WebP
counts, and one that is damaged leaves the image as it is.
"""

from collections.abc import Callable
from typing import Any

from captcha_model.export.savedmodel._bytes import Bytes, follow

_PREFIX = b"Exif\0\0"
_JPEG, _PNG, _RIFF = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF"
_APP1, _SCAN, _END = 0xE1, 0xDA, 0xD9
_ORIENTATION, _SHORT, _ENTRY = 0x0112, 3, 12


def upright(pixels: Any, encoded: Any) -> Any:
    """Turn (h, w, C) pixels as the EXIF data of their file says."""
    import tensorflow as tf

    turn = _orientation(encoded)

    def turned(pixels: Any, turns: list[int], change: Callable[[Any], Any]) -> Any:
        wanted = tf.reduce_any(turn == tf.constant(turns, tf.int64))
        found = tf.cond(wanted, lambda: change(pixels), lambda: pixels)
        return tf.ensure_shape(found, (None, None, None))

    pixels = turned(pixels, [5, 6, 7, 8], lambda p: tf.transpose(p, (1, 0, 2)))
    pixels = turned(pixels, [2, 3, 6, 7], lambda p: p[:, ::-1])
    return turned(pixels, [3, 4, 7, 8], lambda p: p[::-1])


def _orientation(encoded: Any) -> Any:
    """Return the orientation of a file, from 1 (upright) to 8."""
    import tensorflow as tf

    data = Bytes(encoded)
    start, end = tf.case(
        [
            (data.begins(0, _JPEG), lambda: _in_jpeg(data)),
            (data.begins(0, _PNG), lambda: _in_png(data)),
            (data.begins(0, _RIFF), lambda: _in_webp(data)),
        ],
        default=lambda: (tf.zeros((), tf.int64), tf.zeros((), tf.int64)),
    )
    start = tf.where(data.begins(start, _PREFIX), start + len(_PREFIX), start)
    little = data.begins(start, b"II*\0")
    known = little | data.begins(start, b"MM\0*")
    table = start + data.number(start + 4, 4, little=little)
    count = tf.where(known & (table + 2 <= end), data.number(table, 2, little=little), 0)
    entries = table + 2 + _ENTRY * tf.range(count)
    tags = data.number(entries, 2, little=little)
    kinds = data.number(entries + 2, 2, little=little)
    values = data.number(entries + 8, 2, little=little)
    is_inside = entries + _ENTRY - 2 <= end
    found = values[is_inside & (tags == _ORIENTATION) & (kinds == _SHORT)][:1]
    value = tf.reduce_sum(found)
    return tf.where((value >= 1) & (value <= 8), value, 1)


def _in_jpeg(data: Bytes) -> tuple[Any, Any]:
    """Return start and end of the EXIF entry in a JPEG; of nothing if there is none."""

    def length(at: Any) -> Any:
        return data.number(at + 2, 2, little=False)

    def goes_on(at: Any) -> Any:
        marker = data.at(at + 1)
        is_entry = (marker == _APP1) & data.begins(at + 4, _PREFIX)
        return (data.at(at) == 0xFF) & (marker != _SCAN) & (marker != _END) & ~is_entry

    def following(at: Any) -> Any:
        import tensorflow as tf

        # A second 0xFF is padding before the marker.
        return tf.where(data.at(at + 1) == 0xFF, at + 1, at + 2 + tf.maximum(length(at), 2))

    at = follow(2, goes_on, following)
    return _entry(data, at + 4, at + 2 + length(at), data.begins(at + 4, _PREFIX))


def _in_png(data: Bytes) -> tuple[Any, Any]:
    def length(at: Any) -> Any:
        return data.number(at, 4, little=False)

    def goes_on(at: Any) -> Any:
        is_last = data.begins(at + 4, b"eXIf") | data.begins(at + 4, b"IEND")
        return (at < data.size) & ~is_last

    at = follow(len(_PNG), goes_on, lambda at: at + 12 + length(at))
    return _entry(data, at + 8, at + 8 + length(at), data.begins(at + 4, b"eXIf"))


def _in_webp(data: Bytes) -> tuple[Any, Any]:
    def length(at: Any) -> Any:
        return data.number(at + 4, 4, little=True)

    def goes_on(at: Any) -> Any:
        return (at < data.size) & ~data.begins(at, b"EXIF")

    # Chunks of an odd length have one more byte.
    at = follow(12, goes_on, lambda at: at + 8 + length(at) + length(at) % 2)
    return _entry(data, at + 8, at + 8 + length(at), data.begins(at, b"EXIF"))


def _entry(data: Bytes, start: Any, end: Any, is_one: Any) -> tuple[Any, Any]:
    import tensorflow as tf

    nothing = tf.zeros((), tf.int64)
    return tf.where(is_one, start, nothing), tf.where(is_one, tf.minimum(end, data.size), nothing)
