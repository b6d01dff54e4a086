"""GIF: only the palette and the frames up to the last wanted one are kept.

Source: CompuServe, Graphics Interchange Format, version 89a.
"""

from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from typing import NamedTuple

from captcha_model.errors import ImageError
from captcha_model.images.sanitize._sanitized import SanitizedImage, damaged, too_complex
from captcha_model.images.sanitize.choice import (
    FrameChoice,
    check_frame,
    check_work,
    frames_needed,
)
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


class _Frame(NamedTuple):
    """A frame.

    Attributes:
        control: its graphic control; empty if it has none.
        image: its descriptor, its palette and its data.
        size: width and height of the screen, extended by a frame that exceeds it.
    """

    control: bytes
    image: bytes
    size: tuple[int, int]


def sanitize(data: bytes, choice: FrameChoice | None = None) -> SanitizedImage:
    """Check a GIF up to the last frame that is wanted, and return only what that frame needs.

    The frames before it are kept, because it is drawn over them.

    Args:
        data: the whole file.
        choice: which frame, or all; None takes the first one and counts the others.

    Raises:
        ImageError: there is no such frame, or the image is damaged, cut off, too large, too small,
            too elongated, or has too many blocks, frames or pixels.
    """
    header = data[: _HEADER + _palette_bytes(data, 10)]
    frames = _read_frames(data, len(header))
    kept = list(islice(frames, frames_needed(choice)))
    number = check_frame(choice, len(kept))
    check_work(len(kept), *kept[0].size)
    unread = _unread(kept[0], frames) if choice is None else 0
    start = 1 if number else 0
    parts = [header, _BLANK_FRAME * start, *(f.control + f.image for f in kept), _END]
    return SanitizedImage("GIF", b"".join(parts), number=start + number, start=start, unread=unread)


def _read_frames(data: bytes, at: int) -> Iterator[_Frame]:
    """Yield the frames of a GIF; the first one is at an offset, behind extensions."""
    size = (0, 0)
    blocks = 0
    while True:
        control, at, blocks = _skip_extensions(data, at, blocks)
        kind = data[at : at + 1]
        if kind == _END and any(size):
            return
        if kind != _IMAGE:
            raise damaged("it is cut off" if any(size) else "it has no frame after its header")
        sides = _size_with_frame(data, at)
        if not any(size):
            size = sides
            check_size(*size)
        elif sides[0] > size[0] or sides[1] > size[1]:
            raise damaged("a frame of its animation is larger than the image")
        end, blocks = _skip_blocks(data, at + 10 + _palette_bytes(data, at + 9) + 1, blocks)
        yield _Frame(control, data[at:end], size)
        at = end


def _unread(first: _Frame, others: Iterator[_Frame]) -> int:
    """Return the number of frames if any is drawn otherwise than the first one; else 0."""
    count, differs = 1, False
    # The frame that is read lies before any damage, and so do those that are counted.
    with suppress(ImageError):
        for frame in others:
            count += 1
            differs = differs or frame.image != first.image
    return count if differs else 0


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
