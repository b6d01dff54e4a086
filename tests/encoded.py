"""Image files made byte by byte, as no encoder would write them."""

import io
import struct
import zlib
from collections.abc import Iterable, Iterator

from PIL import Image

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def encode(image: Image.Image, form: str = "PNG", **options) -> bytes:
    """Return an image as a file, written by Pillow."""
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def chunk(kind: bytes, body: bytes) -> bytes:
    """Return a chunk of a PNG with its true length and sum."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def header(width: int, height: int, depth: int = 8, colour: int = 0, interlaced: int = 0) -> bytes:
    """Return the header of a PNG."""
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced))


def png(head: bytes, rows: bytes, before: bytes = b"", after: bytes = b"") -> bytes:
    """Return a PNG of a header and unpacked rows, with chunks before and after the image data."""
    pixels = chunk(b"IDAT", zlib.compress(rows, 9))
    return SIGNATURE + head + before + pixels + after + chunk(b"IEND", b"")


def chunks_of(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the kinds and bodies of a sound PNG's chunks."""
    at = len(SIGNATURE)
    while at < len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        yield kind, data[at + 8 : at + 8 + length]
        at += 12 + length


def with_chunks(data: bytes, chunks: bytes) -> bytes:
    """Return a PNG with more chunks behind its header."""
    return data[:33] + chunks + data[33:]


def segments_of(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the markers and bodies of a sound JPEG's segments; the last is all of its scans."""
    at = 2
    while data[at + 1] != 0xDA:
        length = int.from_bytes(data[at + 2 : at + 4])
        yield data[at + 1], data[at + 4 : at + 2 + length]
        at += 2 + length
    yield 0xDA, data[at + 2 : -2]


def jpeg(segments: Iterable[tuple[int, bytes]]) -> bytes:
    """Return a JPEG of segments as `segments_of` yields them."""
    parts = (
        b"\xff\xda" + body if marker == 0xDA else segment(marker, body) for marker, body in segments
    )
    return b"\xff\xd8" + b"".join(parts) + b"\xff\xd9"


def segment(marker: int, body: bytes) -> bytes:
    """Return a segment of a JPEG with its true length."""
    return bytes((0xFF, marker)) + struct.pack(">H", len(body) + 2) + body


def with_segments(data: bytes, segments: bytes) -> bytes:
    """Return a JPEG with more segments at its beginning."""
    return data[:2] + segments + data[2:]


def riff_of(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the names and bodies of a sound WebP's chunks."""
    at = 12
    while at < len(data):
        name, length = struct.unpack_from("<4sI", data, at)
        yield name, data[at + 8 : at + 8 + length]
        at += 8 + length + length % 2


def webp(chunks: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Return a WebP of named chunks, with true lengths."""
    body = b"WEBP" + b"".join(
        name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)
        for name, body in chunks
    )
    return b"RIFF" + struct.pack("<I", len(body)) + body


def with_extensions(data: bytes, extensions: bytes) -> bytes:
    """Return a GIF with more blocks before its first frame."""
    start = 13 + (3 * 2 ** ((data[10] & 7) + 1) if data[10] & 0x80 else 0)
    return data[:start] + extensions + data[start:]


def bmp(width: int, height: int, rows: bytes, *, bits: int = 24, packing: int = 0) -> bytes:
    """Return a BMP; up to 8 bits have a palette of greys."""
    shades = range(2**bits) if bits <= 8 else ()
    palette = b"".join(bytes((i * 255 // (2**bits - 1),) * 3) + b"\0" for i in shades)
    start = 54 + len(palette)
    head = struct.pack("<IHHI", start + len(rows), 0, 0, start)
    info = struct.pack("<IiiHHIIiiII", 40, width, height, 1, bits, packing, len(rows), 0, 0, 0, 0)
    return b"BM" + head + info + palette + rows


def exif(orientation: int, order: str = "<", more: int = 0) -> bytes:
    """Return an EXIF entry that tells an orientation, behind `more` others."""
    entries = struct.pack(f"{order}HHIHH", 0x0100, 3, 1, 7, 0) * more
    entries += struct.pack(f"{order}HHIHH", 0x0112, 3, 1, orientation, 0)
    start = b"II*\0" if order == "<" else b"MM\0*"
    return start + struct.pack(f"{order}IH", 8, more + 1) + entries + b"\0\0\0\0"


def animated_png(frames: list[bytes], order: list[int]) -> bytes:
    """Return an animated PNG of grey rows of 200 by 50, whose parts have the numbers of `order`."""
    numbers = iter(order)
    whole = SIGNATURE + header(200, 50) + chunk(b"acTL", struct.pack(">II", len(frames), 0))
    for i, rows in enumerate(frames):
        control = struct.pack(">IIIIIHHBB", next(numbers), 200, 50, 0, 0, 1, 10, 0, 0)
        whole += chunk(b"fcTL", control)
        packed = zlib.compress(rows)
        if i:
            whole += chunk(b"fdAT", struct.pack(">I", next(numbers)) + packed)
        else:
            whole += chunk(b"IDAT", packed)
    return whole + chunk(b"IEND", b"")
