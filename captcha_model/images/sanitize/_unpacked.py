"""How much the parts of a PNG unpack to, of which most is thrown away at once.

Source: W3C, Portable Network Graphics (PNG) Specification, third edition.
"""

import zlib

from captcha_model.images.sanitize._sanitized import too_complex

MAX_TEXT = 2**20  # Bytes of one text or profile, unpacked; both limits are Pillow's own.
MAX_TEXTS = 64 * 2**20

# The first column and row of every pass of an interlaced image, and the steps between them.
_PASSES = (
    *((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4)),
    *((0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)),
)
_MAX_RATIO = 1032  # Deflate packs no tighter: 258 bytes in two bits.
_SLICE = 2**14  # Packed bytes that are unpacked at once.


def text_length(kind: bytes, body: bytes) -> int:
    """Return how many bytes a text or a profile unpacks to, though nobody here reads it.

    Raises:
        ImageError: more than any has that is no bomb.
    """
    start = body.find(b"\0") + 2
    if kind == b"iTXt":
        # Behind the keyword stand a flag, the method, a language and the keyword in that language.
        if body[start - 1 : start] == b"\0":
            return len(body)
        start = body.find(b"\0", body.find(b"\0", start + 1) + 1) + 1
    try:
        length = inflated_length(body[start:], MAX_TEXT)
    except zlib.error:
        # As Pillow does, but what it may have unpacked so far counts.
        return min(_MAX_RATIO * len(body), MAX_TEXT)
    if length > MAX_TEXT:
        raise too_complex("a text or a profile in it unpacks to over 1 MiB")
    return length


def inflated_length(packed: bytes, enough: int) -> int:
    """Return how many bytes deflated data unpacks to, or some number above `enough`."""
    length = 0
    inflater = zlib.decompressobj()
    for at in range(0, len(packed), _SLICE):
        length += len(inflater.decompress(packed[at : at + _SLICE]))
        if length > enough or inflater.eof:
            break
    return length


def row_bytes(width: int, height: int, bits: int, *, interlaced: bool) -> int:
    """Return how many bytes the rows have, each with the byte that names its filter.

    Args:
        width: in pixels.
        height: in pixels.
        bits: of a pixel.
        interlaced: whether the rows come in seven passes.
    """
    total = 0
    for left, top, across, down in _PASSES if interlaced else ((0, 0, 1, 1),):
        columns = -(-(width - left) // across)
        rows = -(-(height - top) // down)
        if columns > 0 and rows > 0:
            total += rows * (1 + -(-columns * bits // 8))
    return total
