"""GIF: only the palette and the first frame are kept.

Source: CompuServe, Graphics Interchange Format, version 89a.
"""

from captcha_model.images.sanitize._sanitized import SanitizedImage, damaged, too_complex
from captcha_model.images.size_limits import check_size

# A block holds up to 255 bytes, and most encoders fill them.
MAX_BLOCKS = 2**18

_HEADER = 13
_IMAGE, _EXTENSION = b",", b"!"
_GRAPHIC_CONTROL = 0xF9
_HAS_PALETTE = 0x80


def sanitize(data: bytes) -> SanitizedImage:
    """Check a GIF up to the end of its first frame and return only what that frame needs.

    Raises:
        ImageError: the image is damaged, cut off, too large, too small, too elongated, or has too
            many blocks.
    """
    start = _HEADER + _palette_bytes(data, 10)
    at, blocks = start, 0
    control = b""
    while data[at : at + 1] == _EXTENSION:
        end, blocks = _skip_blocks(data, at + 2, blocks)
        if data[at + 1] == _GRAPHIC_CONTROL:
            control = data[at:end]
        at = end
    if data[at : at + 1] != _IMAGE:
        raise damaged("it has no frame after its header")
    pixels = at + 10 + _palette_bytes(data, at + 9) + 1
    _check_frame(data, at)
    end, _ = _skip_blocks(data, pixels, blocks)
    return SanitizedImage("GIF", data[:start] + control + data[at:end] + b";")


def _palette_bytes(data: bytes, at: int) -> int:
    """Return the size in bytes of the palette that the flags at an offset declare."""
    if at >= len(data):
        raise damaged("it is cut off")
    return 3 * 2 ** ((data[at] & 7) + 1) if data[at] & _HAS_PALETTE else 0


def _check_frame(data: bytes, at: int) -> None:
    """Check the size of the image: the screen's, extended by a frame that exceeds it."""
    sides = [data[i : i + 2] for i in (6, 8, at + 1, at + 3, at + 5, at + 7)]
    width, height, left, top, columns, rows = (int.from_bytes(side, "little") for side in sides)
    check_size(max(width, left + columns), max(height, top + rows))


def _skip_blocks(data: bytes, at: int, blocks: int) -> tuple[int, int]:
    """Return the end of a chain of blocks and the number of blocks so far."""
    while at < len(data):
        size = data[at]
        at += 1 + size
        blocks += 1
        if blocks > MAX_BLOCKS:
            raise too_complex(f"it has over {MAX_BLOCKS:,} blocks")
        if not size:
            return at, blocks
    raise damaged("it is cut off")
