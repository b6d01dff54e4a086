"""GIF: only the palette and the frames up to the wanted one are kept.

Source: CompuServe, Graphics Interchange Format, version 89a.
"""

from captcha_model.images.sanitize._sanitized import SanitizedImage, damaged, too_complex
from captcha_model.images.sanitize.choice import FrameChoice, check_frame, check_pixels
from captcha_model.images.size_limits import check_size

# A block holds up to 255 bytes, and most encoders fill them.
MAX_BLOCKS = 2**18

_HEADER = 13
_IMAGE, _EXTENSION, _END = b",", b"!", b";"
_GRAPHIC_CONTROL = 0xF9
# A frame of one transparent pixel with a palette of its own. If the first palette is a ramp of
# greys, Pillow keeps all frames grey and takes the palette's indices of later ones for levels.
_BLANK_FRAME = bytes.fromhex("21f904010000000000 2c00000000010001008000ff00000000 0202440100")
_HAS_PALETTE = 0x80


def sanitize(data: bytes, choice: FrameChoice = 0) -> SanitizedImage:
    """Check a GIF up to the end of a frame, and return only what that frame needs.

    The frames before it are kept, because it is drawn over them.

    Raises:
        ImageError: there is no such frame, or the image is damaged, cut off, too large, too small,
            too elongated, or has too many blocks.
    """
    at = _HEADER + _palette_bytes(data, 10)
    parts, blocks = [data[:at]], 0
    width = height = 0
    while choice == "last" or len(parts) < choice + 2:
        control, at, blocks = _skip_extensions(data, at, blocks)
        kind = data[at : at + 1]
        if kind == _END and width:
            break
        if kind != _IMAGE:
            raise damaged("it is cut off" if width else "it has no frame after its header")
        size = _size_with_frame(data, at)
        if not width:
            width, height = size
            check_size(width, height)
        elif size[0] > width or size[1] > height:
            raise damaged("a frame of its animation is larger than the image")
        end, blocks = _skip_blocks(data, at + 10 + _palette_bytes(data, at + 9) + 1, blocks)
        parts.append(control + data[at:end])
        at = end
    number = check_frame(choice, len(parts) - 1)
    check_pixels(number + 1, width, height)
    if number:
        parts.insert(1, _BLANK_FRAME)
        number += 1
    return SanitizedImage("GIF", b"".join((*parts, _END)), number=number)


def _skip_extensions(data: bytes, at: int, blocks: int) -> tuple[bytes, int, int]:
    """Return the graphic control among extensions, their end, and the number of blocks so far."""
    control = b""
    while data[at : at + 1] == _EXTENSION:
        end, blocks = _skip_blocks(data, at + 2, blocks)
        if data[at + 1] == _GRAPHIC_CONTROL:
            control = data[at:end]
        at = end
    return control, at, blocks


def _palette_bytes(data: bytes, at: int) -> int:
    """Return the size in bytes of the palette that the flags at an offset declare."""
    if at >= len(data):
        raise damaged("it is cut off")
    return 3 * 2 ** ((data[at] & 7) + 1) if data[at] & _HAS_PALETTE else 0


def _size_with_frame(data: bytes, at: int) -> tuple[int, int]:
    """Return width and height of the screen, extended by a frame that exceeds it."""
    sides = [data[i : i + 2] for i in (6, 8, at + 1, at + 3, at + 5, at + 7)]
    width, height, left, top, columns, rows = (int.from_bytes(side, "little") for side in sides)
    return max(width, left + columns), max(height, top + rows)


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
