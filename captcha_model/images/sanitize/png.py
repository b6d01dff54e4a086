"""PNG: only the chunks that pixels need are kept, and the image data must fill every row.

Of an animated PNG the default image is kept: its first frame, or a substitute for it.
Source: W3C, Portable Network Graphics (PNG) Specification, third edition.
"""

import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from PIL import Image

from captcha_model.images.sanitize._inflated_size import (
    MAX_TEXTS,
    inflated_length,
    row_bytes,
    text_length,
)
from captcha_model.images.sanitize._sanitized import (
    PixelRows,
    SanitizedImage,
    damaged,
    too_complex,
)
from captcha_model.images.size_limits import check_size

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MAX_CHUNKS = 2**16

_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_GREY, _COLOUR, _PALETTE = 0, 2, 3
_PLAIN_MODES = {0: "L", 2: "RGB", 4: "LA", 6: "RGBA"}  # 8 bits per channel.
_NEEDED = (b"IHDR", b"PLTE", b"tRNS", b"IDAT")
_TEXTS = (b"zTXt", b"iTXt", b"iCCP")


class Header(NamedTuple):
    """The header of a PNG; see the specification."""

    width: int
    height: int
    depth: int
    colour: int
    compression: int
    filtering: int
    interlaced: int


def sanitize(data: bytes) -> SanitizedImage:
    """Check a PNG and return only its header, palette, transparency and image data.

    The rows themselves are not decompressed here; see `check_complete`.

    Raises:
        ImageError: the image is damaged, too large, too small or too elongated, or has too many
            chunks or too large texts.
    """
    found: dict[bytes, bytes] = {}
    bodies: list[bytes] = []
    rows: list[bytes] = []
    frames = texts = 0
    last = b""
    for kind, body, whole in read_chunks(data):
        if (kind == b"IHDR") != (not found):
            raise damaged("a PNG begins with exactly one header")
        if kind == b"IDAT":
            if rows and last != b"IDAT":
                raise damaged("its image data is not contiguous")
            bodies.append(body)
            rows.append(whole)
        elif kind in (b"fcTL", b"fdAT"):
            if body[:4] != struct.pack(">I", frames):
                raise damaged("the frames of its animation are not in order")
            frames += 1
        elif kind in _TEXTS:
            texts += text_length(kind, body)
            if texts > MAX_TEXTS:
                raise too_complex("its texts and profiles are over 64 MiB when decompressed")
        elif kind == b"PLTE" and (kind in found or rows):
            raise damaged("its palette is misplaced")
        elif kind in (*_NEEDED, b"eXIf"):
            found.setdefault(kind, body)
        elif not kind[0] & 0x20 and kind != b"IEND":
            raise damaged("it has an unknown critical chunk")
        last = kind
    header = read_header(found.get(b"IHDR", b""))
    if not rows:
        raise damaged("it has no image data")
    parts = [SIGNATURE, chunk(b"IHDR", found[b"IHDR"])]
    if header.colour == _PALETTE:
        parts.append(chunk(b"PLTE", _checked_palette(found.get(b"PLTE", b""))))
    if transparency := _transparency(found.get(b"tRNS"), header):
        parts.append(chunk(b"tRNS", transparency))
    plain = None
    if len(parts) == 2 and header.depth == 8 and not header.interlaced:
        size = (header.width, header.height)
        plain = PixelRows(_PLAIN_MODES[header.colour], size, b"".join(bodies))
    return SanitizedImage("PNG", b"".join((*parts, *rows, END)), found.get(b"eXIf", b""), plain)


def check_complete(data: bytes, image: Image.Image) -> None:
    """Check that the image data fills every row: Pillow leaves missing rows black.

    Decompressing the data a second time costs more than all other checks and is seldom needed:
    Pillow writes whole rows over zeros, from top to bottom unless they are interlaced. So if the
    last pixel is not zero, no row is missing.

    Args:
        data: the file, as `sanitize` returns it.
        image: the image that Pillow decoded from it.

    Raises:
        ImageError: the image data is too short.
    """
    last = image.getpixel((image.width - 1, image.height - 1))
    is_nonzero = any(last) if isinstance(last, tuple) else last
    if is_nonzero and not image.info.get("interlace"):
        return
    chunks = [(kind, body) for kind, body, _ in read_chunks(data)]
    compressed = b"".join(body for kind, body in chunks if kind == b"IDAT")
    check_rows(compressed, read_header(dict(chunks)[b"IHDR"]))


def check_rows(compressed: bytes, header: Header) -> None:
    """Check that deflated image data fills every row of an image or of a frame.

    Raises:
        ImageError: it does not.
    """
    bits = header.depth * _CHANNELS[header.colour]
    needed = row_bytes(header.width, header.height, bits, interlaced=bool(header.interlaced))
    try:
        length = inflated_length(compressed, needed)
    except zlib.error as error:
        raise damaged("its image data cannot be decompressed") from error
    if length < needed:
        raise damaged("its image data is too short")


def read_chunks(data: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    """Yield type, body and whole of each chunk; checksums of needed chunks must be right."""
    at = len(SIGNATURE)
    for _ in range(MAX_CHUNKS):
        # The file may end without an IEND chunk.
        if len(data) - at < 12:
            return
        length, kind = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if end > len(data):
            raise damaged("a chunk is longer than the rest of the file")
        body = data[at + 8 : end - 4]
        if kind in _NEEDED and data[end - 4 : end] != checksum(kind, body):
            raise damaged("a checksum is wrong")
        yield kind, body, data[at:end]
        if kind == b"IEND":
            return
        at = end
    raise too_complex(f"it has over {MAX_CHUNKS:,} chunks")


def checksum(kind: bytes, body: bytes) -> bytes:
    """Return the checksum of a chunk."""
    return struct.pack(">I", zlib.crc32(body, zlib.crc32(kind)))


def chunk(kind: bytes, body: bytes) -> bytes:
    """Return a whole chunk."""
    return struct.pack(">I", len(body)) + kind + body + checksum(kind, body)


END = chunk(b"IEND", b"")


def read_header(body: bytes) -> Header:
    """Check the body of a header and return it.

    Raises:
        ImageError: it is not valid, or see `check_size`.
    """
    if len(body) != 13:
        raise damaged("its header is incomplete")
    header = Header(*struct.unpack(">IIBBBBB", body))
    check_size(header.width, header.height)
    valid = header.depth in _DEPTHS.get(header.colour, ()) and header.interlaced in (0, 1)
    if not valid or header.compression or header.filtering:
        raise damaged("its header is not valid for a PNG")
    return header


def _checked_palette(palette: bytes) -> bytes:
    if not 3 <= len(palette) <= 768 or len(palette) % 3:
        raise damaged("its palette is missing or incomplete")
    return palette


def _transparency(body: bytes | None, header: Header) -> bytes | None:
    """Return the body of the transparency chunk scaled to 8 bits per sample; None if not used.

    Pillow scales samples of other depths to 8 bits, but not these values. 16-bit grey keeps its
    depth in Pillow and here.
    """
    if body is None or header.colour not in (_GREY, _COLOUR, _PALETTE):
        return None
    lengths = {_GREY: (2,), _COLOUR: (6,), _PALETTE: range(1, 257)}
    if len(body) not in lengths[header.colour]:
        raise damaged("its transparency is incomplete")
    if header.colour == _PALETTE:
        return body
    # Of the 16 bits of each value only as many count as a sample has.
    highest = 2**header.depth - 1
    values = tuple(value & highest for value in struct.unpack(f">{len(body) // 2}H", body))
    if header.colour == _GREY and header.depth < 8:
        values = tuple(value * (255 // highest) for value in values)
    elif header.colour == _COLOUR and header.depth == 16:
        values = tuple(value >> 8 for value in values)
    return struct.pack(f">{len(values)}H", *values)
