"""Sizes of a PNG's parts after decompression.

Source: W3C, Portable Network Graphics (PNG) Specification, third edition.
"""

import zlib

from captcha_model.images.sanitize._sanitized import too_complex

# Decompressed bytes of one text or profile, and of all together; both limits are Pillow's own.
MAX_TEXT = 2**20
MAX_TEXTS = 64 * 2**20

# First column, first row, column step and row step of every pass of an interlaced image.
_PASSES = (
    *((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4)),
    *((0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)),
)
_MAX_RATIO = 1032  # The highest ratio of deflate: 258 bytes in two bits.
_SLICE = 2**14  # Compressed bytes that are decompressed at once.


def text_length(kind: bytes, body: bytes) -> int:
    """Return the decompressed size in bytes of a text or a profile, which is then dropped.

    Args:
        kind: the type of the chunk: zTXt, iTXt or iCCP.
        body: the body of the chunk.

    Raises:
        ImageError: it is over `MAX_TEXT`.
    """
    start = body.find(b"\0") + 2
    if kind == b"iTXt":
        # After the keyword: a flag, the method, the language and the translated keyword.
        if body[start - 1 : start] == b"\0":
            return len(body)
        start = body.find(b"\0", body.find(b"\0", start + 1) + 1) + 1
    try:
        length = inflated_length(body[start:], MAX_TEXT)
    except zlib.error:
        # Pillow ignores it, too; the upper bound of what it may have decompressed counts.
        return min(_MAX_RATIO * len(body), MAX_TEXT)
    if length > MAX_TEXT:
        raise too_complex("a text or a profile in it is over 1 MiB when decompressed")
    return length


def inflated_length(compressed: bytes, enough: int) -> int:
    """Return the decompressed size in bytes of deflated data, or some number above `enough`."""
    length = 0
    inflater = zlib.decompressobj()
    for at in range(0, len(compressed), _SLICE):
        length += len(inflater.decompress(compressed[at : at + _SLICE]))
        if length > enough or inflater.eof:
            break
    return length


def row_bytes(width: int, height: int, bits: int, *, interlaced: bool) -> int:
    """Return the size in bytes of all rows, each with the byte that names its filter.

    Args:
        width: width in pixels.
        height: height in pixels.
        bits: bits per pixel.
        interlaced: whether the rows come in seven passes.
    """
    total = 0
    for left, top, across, down in _PASSES if interlaced else ((0, 0, 1, 1),):
        columns = -(-(width - left) // across)
        rows = -(-(height - top) // down)
        if columns > 0 and rows > 0:
            total += rows * (1 + -(-columns * bits // 8))
    return total
