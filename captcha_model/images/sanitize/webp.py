"""WebP: a check of its size, before memory is allocated for the whole canvas.

libwebp does the rest: it rejects files that are cut off and decodes the first frame of animations.
Source: RFC 9649; RFC 6386, section 9.1, for the size of a lossy image.
"""

from captcha_model.images.sanitize._sanitized import SanitizedImage, damaged
from captcha_model.images.size_limits import check_size

_BODY = 20  # After "RIFF", a length and "WEBP", and the name and the length of the first chunk.


def sanitize(data: bytes) -> SanitizedImage:
    """Check the size of a WebP and return the file unchanged.

    Raises:
        ImageError: the image is damaged, too large, too small or too elongated.
    """
    check_size(*_size(data[12:16], data[_BODY : _BODY + 10]))
    return SanitizedImage("WEBP", data)


def _size(kind: bytes, body: bytes) -> tuple[int, int]:
    """Return the width and the height that the first chunk declares."""
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
    raise damaged("its header is incomplete")
