"""The orientation of an image from its EXIF entry; everything else in the entry is ignored.

Source: CIPA DC-008 (Exif 2.32), which builds on TIFF 6.0.
"""

import struct

_ORIENTATION = 0x0112
_SHORT = 3
_ENTRY = 12


def orientation(exif: bytes) -> int:
    """Return the orientation from 1 (upright) to 8; 1 if the entry has no valid one.

    Args:
        exif: an EXIF entry, with or without the prefix that it has in a JPEG.
    """
    tiff = exif.removeprefix(b"Exif\0\0")
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(tiff[:4])
    if order is None:
        return 1
    try:
        (start,) = struct.unpack_from(f"{order}I", tiff, 4)
        (count,) = struct.unpack_from(f"{order}H", tiff, start)
        for at in range(start + 2, start + 2 + _ENTRY * count, _ENTRY):
            tag, kind, _, value = struct.unpack_from(f"{order}HHIH", tiff, at)
            if tag == _ORIENTATION and kind == _SHORT:
                return int(value) if 1 <= value <= 8 else 1
    except struct.error:
        # The entry ends early; the pixels are fine, so the image is read as upright.
        return 1
    return 1
