"""WebP: a check of its size, before memory is allocated for the whole canvas.

libwebp does the rest: it rejects files that are cut off and decodes the frames of animations.
Source: RFC 9649; RFC 6386, section 9.1, for the size of a lossy image.
"""

import io

from PIL import Image

from captcha_model.images.sanitize._sanitized import SanitizedImage, damaged
from captcha_model.images.sanitize.choice import FrameChoice, check_frame, check_work
from captcha_model.images.size_limits import check_size

_BODY = 20  # After "RIFF", a length and "WEBP", and the name and the length of the first chunk.
_IS_ANIMATED = 2  # A flag of the first byte.


def sanitize(data: bytes) -> SanitizedImage:
    """Check the size of a WebP and return the file unchanged.

    Raises:
        ImageError: the image is damaged, too large, too small or too elongated.
    """
    check_size(*_size(data[12:16], data[_BODY : _BODY + 10]))
    return SanitizedImage("WEBP", data)


def sanitize_frame(still: SanitizedImage, choice: FrameChoice) -> SanitizedImage:
    """Return the file with the number of a frame; libwebp checks and decodes those before it.

    Raises:
        ImageError: there is no such frame, or the frames up to it are damaged or too many.
    """
    count, size = _frames(still.data)
    number = check_frame(choice, count)
    check_work(number + 1, *size)
    return still._replace(number=number)


def count_frames(still: SanitizedImage) -> SanitizedImage:
    """Return the file with the number of its frames, of which only the first is read.

    Raises:
        ImageError: the frames are damaged.
    """
    extended = still.data[12:16] == b"VP8X" and still.data[_BODY] & _IS_ANIMATED
    count = _frames(still.data)[0] if extended else 1
    return still._replace(unread=count) if count > 1 else still


def _frames(data: bytes) -> tuple[int, tuple[int, int]]:
    """Return the number of frames and their size, for which libwebp decodes none of them."""
    try:
        with Image.open(io.BytesIO(data), formats=["WEBP"]) as image:
            return getattr(image, "n_frames", 1), image.size
    except OSError as error:
        raise damaged("its frames cannot be found") from error


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
