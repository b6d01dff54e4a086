"""PNG: image data that must fill every row, and no other chunk than these rows need.

Of an animated PNG the default image is left, which is its first frame or stands in for it.
Source: W3C, Portable Network Graphics (PNG) Specification, third edition.
"""

import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from captcha_model.formats._bare import Bare, damaged, too_complex
from captcha_model.limits import check_size

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MAX_CHUNKS = 2**16
MAX_TEXT = 2**20  # Bytes of one text or profile, unpacked; both limits are Pillow's own.
MAX_TEXTS = 64 * 2**20

_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_GREY, _COLOUR, _PALETTE = 0, 2, 3
# The first column and row of every pass of an interlaced image, and the steps between them.
_PASSES = (
    *((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4)),
    *((0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)),
)
_NEEDED = (b"IHDR", b"PLTE", b"tRNS", b"IDAT")
_TEXTS = (b"zTXt", b"iTXt", b"iCCP")
_MAX_RATIO = 1032  # Deflate packs no tighter: 258 bytes in two bits.
_SLICE = 2**14  # Packed bytes that are unpacked at once.


class _Header(NamedTuple):
    width: int
    height: int
    depth: int
    colour: int
    packing: int
    filtering: int
    interlaced: int


def bare(data: bytes) -> Bare:
    """Check a PNG and keep its header, palette, transparency and image data.

    Raises:
        ImageError: damaged, too large, too small, too long, or with more in it than pixels.
    """
    found: dict[bytes, bytes] = {}
    rows: list[bytes] = []
    frames = texts = 0
    last = b""
    for kind, body in _chunks(data):
        if (kind == b"IHDR") != (not found):
            raise damaged("a PNG begins with one header")
        if kind == b"IDAT":
            if rows and last != b"IDAT":
                raise damaged("its image data lies in two places")
            rows.append(body)
        elif kind in (b"fcTL", b"fdAT"):
            if body[:4] != struct.pack(">I", frames):
                raise damaged("the frames of its animation are not in order")
            frames += 1
        elif kind in _TEXTS:
            texts += _text_length(kind, body)
            if texts > MAX_TEXTS:
                raise too_complex("its texts and profiles unpack to over 64 MiB")
        elif kind == b"PLTE" and (kind in found or rows):
            raise damaged("its palette is not in its place")
        elif kind in (*_NEEDED, b"eXIf"):
            found.setdefault(kind, body)
        elif not kind[0] & 0x20 and kind != b"IEND":
            raise damaged("it holds a part that no PNG has")
        last = kind
    header = _read_header(found.get(b"IHDR", b""))
    packed = b"".join(rows)
    _check_rows(packed, header)
    parts = [(b"IHDR", found[b"IHDR"])]
    if header.colour == _PALETTE:
        parts.append((b"PLTE", _checked_palette(found.get(b"PLTE", b""))))
    if transparency := _transparency(found.get(b"tRNS"), header):
        parts.append((b"tRNS", transparency))
    parts += [(b"IDAT", packed), (b"IEND", b"")]
    whole = SIGNATURE + b"".join(_chunk(kind, body) for kind, body in parts)
    return Bare("PNG", whole, found.get(b"eXIf", b""))


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the kinds and bodies of chunks; those that pixels need must agree with their sums."""
    at = len(SIGNATURE)
    for _ in range(MAX_CHUNKS):
        # Where no chunk has room any more the file ends, be it without the chunk that says so.
        if len(data) - at < 12:
            return
        length, kind = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if end > len(data):
            raise damaged("a part of it claims more bytes than there are")
        body = data[at + 8 : end - 4]
        if kind in _NEEDED and data[end - 4 : end] != _sum(kind, body):
            raise damaged("a checksum is wrong")
        yield kind, body
        if kind == b"IEND":
            return
        at = end
    raise too_complex(f"it has over {MAX_CHUNKS:,} parts")


def _sum(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", zlib.crc32(body, zlib.crc32(kind)))


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + _sum(kind, body)


def _read_header(body: bytes) -> _Header:
    if len(body) != 13:
        raise damaged("its header is not whole")
    header = _Header(*struct.unpack(">IIBBBBB", body))
    check_size(header.width, header.height)
    known = header.depth in _DEPTHS.get(header.colour, ()) and header.interlaced in (0, 1)
    if not known or header.packing or header.filtering:
        raise damaged("its header says what no PNG is")
    return header


def _text_length(kind: bytes, body: bytes) -> int:
    """Return how many bytes a text or a profile unpacks to, though nobody here reads it.

    Raises:
        ImageError: more than any has that is no bomb.
    """
    start = body.find(b"\0") + 2
    if kind == b"iTXt":
        # Behind the keyword stand a flag, the method, a language and the keyword in that language.
        if body[start - 1 : start] == b"\0":
            return len(body)
        start = body.find(b"\0", body.find(b"\0", start + 1) + 1) + 1
    try:
        length = _inflated_length(body[start:], MAX_TEXT)
    except zlib.error:
        # As Pillow does, but what it may have unpacked so far counts.
        return min(_MAX_RATIO * len(body), MAX_TEXT)
    if length > MAX_TEXT:
        raise too_complex("a text or a profile in it unpacks to over 1 MiB")
    return length


def _check_rows(packed: bytes, header: _Header) -> None:
    """Count the bytes of the image data: Pillow takes missing rows for black ones."""
    needed = _row_bytes(header)
    try:
        length = _inflated_length(packed, needed)
    except zlib.error as error:
        raise damaged("its image data cannot be unpacked") from error
    if length < needed:
        raise damaged("its image data is too short")


def _inflated_length(packed: bytes, enough: int) -> int:
    """Return how many bytes deflated data unpacks to, or some number above `enough`."""
    length = 0
    inflater = zlib.decompressobj()
    for at in range(0, len(packed), _SLICE):
        length += len(inflater.decompress(packed[at : at + _SLICE]))
        if length > enough or inflater.eof:
            break
    return length


def _row_bytes(header: _Header) -> int:
    """Return how many bytes the rows have, each with the byte that names its filter."""
    bits = header.depth * _CHANNELS[header.colour]
    total = 0
    for left, top, across, down in _PASSES if header.interlaced else ((0, 0, 1, 1),):
        columns = -(-(header.width - left) // across)
        rows = -(-(header.height - top) // down)
        if columns > 0 and rows > 0:
            total += rows * (1 + -(-columns * bits // 8))
    return total


def _checked_palette(palette: bytes) -> bytes:
    if not 3 <= len(palette) <= 768 or len(palette) % 3:
        raise damaged("it has no palette, or not a whole one")
    return palette


def _transparency(body: bytes | None, header: _Header) -> bytes | None:
    """Return what is transparent, in the 8 bits to which Pillow brings every other depth.

    Pillow leaves these values as they are in the file. A grey of 16 bits stays one.
    """
    if body is None or header.colour not in (_GREY, _COLOUR, _PALETTE):
        return None
    lengths = {_GREY: (2,), _COLOUR: (6,), _PALETTE: range(1, 257)}
    if len(body) not in lengths[header.colour]:
        raise damaged("its transparency is not whole")
    if header.colour == _PALETTE:
        return body
    values = struct.unpack(f">{len(body) // 2}H", body)
    if header.colour == _GREY and header.depth < 8:
        values = tuple(value * (255 // (2**header.depth - 1)) for value in values)
    elif header.colour == _COLOUR and header.depth == 16:
        values = tuple(value >> 8 for value in values)
    return struct.pack(f">{len(values)}H", *values)
