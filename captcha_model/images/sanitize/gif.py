"""GIF: the palette and the first frame.

Source: CompuServe, Graphics Interchange Format, version 89a.
"""

from captcha_model.images.sanitize._sanitized import Bare, damaged, too_complex
from captcha_model.images.size_limits import check_size

# A block has up to 255 bytes, and most encoders fill them.
MAX_BLOCKS = 2**18

_HEADER = 13
_IMAGE, _EXTENSION = b",", b"!"
_GRAPHIC_CONTROL = 0xF9
_HAS_PALETTE = 0x80


def bare(data: bytes) -> Bare:
    """Check a GIF up to the end of its first frame, and keep what that is made of.

    Raises:
        ImageError: damaged, cut short, too large, too small, too long, or of too many parts.
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
        raise damaged("it has no frame where one must be")
    pixels = at + 10 + _palette_bytes(data, at + 9) + 1
    _check_frame(data, at)
    end, _ = _skip_blocks(data, pixels, blocks)
    return Bare("GIF", data[:start] + control + data[at:end] + b";")


def _palette_bytes(data: bytes, flags: int) -> int:
    """Return how long the palette is that a byte of flags announces."""
    if flags >= len(data):
        raise damaged("it is cut short")
    return 3 * 2 ** ((data[flags] & 7) + 1) if data[flags] & _HAS_PALETTE else 0


def _check_frame(data: bytes, at: int) -> None:
    """Check the size of the picture: the screen's, or more where the frame reaches beyond it."""
    sides = [data[i : i + 2] for i in (6, 8, at + 1, at + 3, at + 5, at + 7)]
    width, height, left, top, columns, rows = (int.from_bytes(side, "little") for side in sides)
    check_size(max(width, left + columns), max(height, top + rows))


def _skip_blocks(data: bytes, at: int, blocks: int) -> tuple[int, int]:
    """Return where a chain of blocks ends, and how many blocks there have been in all."""
    while at < len(data):
        size = data[at]
        at += 1 + size
        blocks += 1
        if blocks > MAX_BLOCKS:
            raise too_complex(f"it has over {MAX_BLOCKS:,} parts")
        if not size:
            return at, blocks
    raise damaged("it is cut short")
