"""BMP: its size, and that the rows are all there.

Source: Microsoft, Bitmap Storage (BITMAPFILEHEADER, BITMAPINFOHEADER, BITMAPCOREHEADER).
"""

import struct

from captcha_model.images.sanitize._sanitized import Bare, damaged, too_complex
from captcha_model.images.size_limits import check_size

# Pillow unpacks run lengths in a loop of Python, at about 0.4 s a mebibyte.
MAX_RUN_LENGTHS = 2**20

_FILE_HEADER = 14
_CORE_HEADER = 12
_RUN_LENGTHS = (1, 2)


def bare(data: bytes) -> Bare:
    """Check a BMP.

    Raises:
        ImageError: damaged, cut short, too large, too small, too long, or long run lengths.
    """
    try:
        pixels, header = struct.unpack_from("<II", data, 10)
        packing = 0
        if header == _CORE_HEADER:
            width, height, _, bits = struct.unpack_from("<4H", data, 18)
        else:
            width, height, _, bits, packing = struct.unpack_from("<iiHHI", data, 18)
    except struct.error as error:
        raise damaged("its header is not whole") from error
    # A negative height means that the first row is the topmost.
    check_size(width, abs(height))
    if packing in _RUN_LENGTHS:
        if len(data) > MAX_RUN_LENGTHS:
            raise too_complex("packed with run lengths it is over 1 MiB")
    elif len(data) < pixels + _length(width, abs(height), bits):
        raise damaged("it is cut short")
    return Bare("BMP", data)


def _length(width: int, height: int, bits: int) -> int:
    """Return how many bytes the rows have, which fill words of 32 bits; the last need not."""
    return (width * bits + 31) // 32 * 4 * (height - 1) + (width * bits + 7) // 8
