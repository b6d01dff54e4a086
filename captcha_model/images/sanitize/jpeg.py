"""JPEG: only the segments that pixels need are kept, and the scans up to the first end marker.

Source: ITU-T T.81, annex B.
"""

import re
from collections.abc import Iterator

from captcha_model.images.sanitize._sanitized import SanitizedImage, damaged, too_complex
from captcha_model.images.size_limits import check_size

MAX_SEGMENTS = 1000
# Progressive images have six to twelve. Decoding time grows with the number of scans.
MAX_SCANS = 64

_MARKER = re.compile(rb"\xff([^\x00\xff])", re.DOTALL)
_START, _END, _SCAN = 0xD8, 0xD9, 0xDA
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_TABLES = {0xC4, 0xCC, 0xDB, 0xDD}
_WITHOUT_BODY = {0x01, *range(0xD0, 0xD8)}
# Segments that define the colour space; the first of each counts.
_COLOUR_SEGMENTS = {0xE0: b"JFIF\0", 0xEE: b"Adobe"}
_EXIF = b"Exif\0\0"


def sanitize(data: bytes) -> SanitizedImage:
    """Check a JPEG and return only its frame header, tables, colour segments and scans.

    Raises:
        ImageError: the image is damaged, cut off, too large, too small, too elongated, or has too
            many segments or scans.
    """
    kept: list[bytes] = []
    exif = b""
    # Decoders differ in which of two they use, and buffers of one size would get rows of another.
    has_frame = False
    colours = dict(_COLOUR_SEGMENTS)
    for marker, at, end in _segments(data):
        body = data[at + 2 : end]
        if marker == _SCAN:
            scans = _scans(data, at - 2)
            return SanitizedImage("JPEG", b"\xff\xd8" + b"".join(kept) + scans, exif)
        needed = marker in _FRAMES or marker in _TABLES
        if marker in _FRAMES:
            if has_frame:
                raise damaged("it has two frame headers")
            has_frame = True
            _check_frame(body)
        elif marker in colours and body.startswith(colours[marker]):
            needed = True
            del colours[marker]
        elif marker == 0xE1 and body.startswith(_EXIF) and not exif:
            exif = body
        if needed:
            kept.append(bytes((0xFF, marker)) + data[at:end])
    raise damaged("it has no image data")


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield marker, start and end of every segment up to the first scan; start is its length."""
    at = 2
    for _ in range(MAX_SEGMENTS):
        # Decoders skip bytes between segments, so they are skipped here, too.
        match = _MARKER.search(data, at)
        if match is None:
            return
        marker, at = match[1][0], match.end()
        if marker in _WITHOUT_BODY:
            continue
        end = at + int.from_bytes(data[at : at + 2])
        if marker in (_START, _END) or not at + 2 <= end <= len(data):
            raise damaged("a segment is incomplete or misplaced")
        yield marker, at, end
        at = end
    raise too_complex(f"it has over {MAX_SEGMENTS:,} segments")


def _check_frame(body: bytes) -> None:
    if len(body) < 5:
        raise damaged("its header is incomplete")
    check_size(int.from_bytes(body[3:5]), int.from_bytes(body[1:3]))


def _scans(data: bytes, start: int) -> bytes:
    """Return all scans, from the marker of the first to the end marker."""
    # In compressed data a zero follows every 0xFF, so this can only be a marker.
    end = data.find(bytes((0xFF, _END)), start)
    if end < 0:
        raise damaged("it is cut off")
    if data.count(bytes((0xFF, _SCAN)), start, end) > MAX_SCANS:
        raise too_complex(f"it has over {MAX_SCANS} scans")
    return data[start : end + 2]
