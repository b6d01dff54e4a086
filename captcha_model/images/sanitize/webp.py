"""WebP: only its size is checked, before Pillow has memory taken for the whole canvas.

The rest is libwebp's, which refuses what is cut short and takes the first frame of an animation.
Source: RFC 9649; RFC 6386, section 9.1, for the size of a lossy image.
"""

from captcha_model.images.sanitize._sanitized import Bare, damaged
from captcha_model.images.size_limits import check_size

_BODY = 20  # Behind "RIFF", a length and "WEBP", and the name and the length of the first chunk.


def bare(data: bytes) -> Bare:
    """Check the size of a WebP.

    Raises:
        ImageError: damaged, too large, too small or too long.
    """
    check_size(*_size(data[12:16], data[_BODY : _BODY + 10]))
    return Bare("WEBP", data)


def _size(kind: bytes, body: bytes) -> tuple[int, int]:
    """Return the width and the height that the first chunk states."""
    if len(body) == 10:
        if kind == b"VP8X":
            width, height = (int.from_bytes(body[i : i + 3], "little") for i in (4, 7))
            return 1 + width, 1 + height
        if kind == b"VP8L":
            bits = int.from_bytes(body[1:5], "little")
            return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
        if kind == b"VP8 ":
            width, height = (int.from_bytes(body[i : i + 2], "little") for i in (6, 8))
            return width & 0x3FFF, height & 0x3FFF
    raise damaged("its header is not whole")
