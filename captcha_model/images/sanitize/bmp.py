"""BMP: checks of its size and of the completeness of its rows.

Source: Microsoft, Bitmap Storage (BITMAPFILEHEADER, BITMAPINFOHEADER, BITMAPCOREHEADER).
"""

import struct

from captcha_model.images.sanitize._sanitized import SanitizedImage, damaged, too_complex
from captcha_model.images.size_limits import check_size

# Bytes of a run-length encoded file, which Pillow decodes in a Python loop.
MAX_RUN_LENGTHS = 2**20

_CORE_HEADER = 12
_RUN_LENGTHS = (1, 2)


def sanitize(data: bytes) -> SanitizedImage:
    """Check a BMP and return it unchanged.

    Raises:
        ImageError: the image is damaged, cut off, too large, too small, too elongated, or
            run-length encoded and over the limit.
    """
    try:
        pixels, header = struct.unpack_from("<II", data, 10)
        compression = 0
        if header == _CORE_HEADER:
            width, height, _, bits = struct.unpack_from("<4H", data, 18)
        else:
            width, height, _, bits, compression = struct.unpack_from("<iiHHI", data, 18)
    except struct.error as error:
        raise damaged("its header is incomplete") from error
    # With a negative height the first row is the top one.
    check_size(width, abs(height))
    if compression in _RUN_LENGTHS:
        if len(data) > MAX_RUN_LENGTHS:
            raise too_complex("it is run-length encoded and over 1 MiB")
    elif len(data) < pixels + _length(width, abs(height), bits):
        raise damaged("it is cut off")
    return SanitizedImage("BMP", data)


def _length(width: int, height: int, bits: int) -> int:
    """Return the bytes of all rows: each fills whole words of 32 bits, which the last need not."""
    return (width * bits + 31) // 32 * 4 * (height - 1) + (width * bits + 7) // 8
