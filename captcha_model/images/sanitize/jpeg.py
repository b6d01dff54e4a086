"""JPEG: the segments that a decoder needs, and scans up to the first end of an image.

Source: ITU-T T.81, annex B.
"""

import re
from collections.abc import Iterator

from captcha_model.images.sanitize._sanitized import Bare, damaged, too_complex
from captcha_model.images.size_limits import check_size

MAX_SEGMENTS = 1000
# A progressive image has six to twelve, and each of them costs a pass over all pixels.
MAX_SCANS = 64

_MARKER = re.compile(rb"\xff([^\x00\xff])", re.DOTALL)
_START, _END, _SCAN = 0xD8, 0xD9, 0xDA
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_TABLES = {0xC4, 0xCC, 0xDB, 0xDD}
_ALONE = {0x01, *range(0xD0, 0xD8)}
# What tells how colours are stored; the first of each counts.
_COLOURS = {0xE0: b"JFIF\0", 0xEE: b"Adobe"}
_EXIF = b"Exif\0\0"


def bare(data: bytes) -> Bare:
    """Check a JPEG and keep its frame header, its tables and its scans.

    Raises:
        ImageError: damaged, cut short, too large, too small, too long, or of too many parts.
    """
    kept: list[bytes] = []
    exif = b""
    colours = dict(_COLOURS)
    for marker, at, end in _segments(data):
        body = data[at + 2 : end]
        if marker == _SCAN:
            scans = _scans(data, at - 2)
            return Bare("JPEG", b"\xff\xd8" + b"".join(kept) + scans, exif)
        wanted = marker in _FRAMES or marker in _TABLES
        if marker in _FRAMES:
            _check_frame(body)
        elif marker in colours and body.startswith(colours[marker]):
            wanted = True
            del colours[marker]
        elif marker == 0xE1 and body.startswith(_EXIF) and not exif:
            exif = body
        if wanted:
            kept.append(bytes((0xFF, marker)) + data[at:end])
    raise damaged("it has no image data")


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield the segments up to the first scan: the marker, and where length and body lie."""
    at = 2
    for _ in range(MAX_SEGMENTS):
        # Decoders skip what stands between segments, so it is skipped here.
        match = _MARKER.search(data, at)
        if match is None:
            return
        marker, at = match[1][0], match.end()
        if marker in _ALONE:
            continue
        end = at + int.from_bytes(data[at : at + 2])
        if marker in (_START, _END) or not at + 2 <= end <= len(data):
            raise damaged("a part of it is not whole or not in its place")
        yield marker, at, end
        at = end
    raise too_complex(f"it has over {MAX_SEGMENTS:,} parts")


def _check_frame(body: bytes) -> None:
    if len(body) < 5:
        raise damaged("its header is not whole")
    check_size(int.from_bytes(body[3:5]), int.from_bytes(body[1:3]))


def _scans(data: bytes, start: int) -> bytes:
    """Return what lies from a scan's marker to the end of the image."""
    # In packed data a zero follows every 0xFF, so this can only be a marker.
    end = data.find(bytes((0xFF, _END)), start)
    if end < 0:
        raise damaged("it is cut short")
    if data.count(bytes((0xFF, _SCAN)), start, end) > MAX_SCANS:
        raise too_complex(f"it has over {MAX_SCANS} scans")
    return data[start : end + 2]
