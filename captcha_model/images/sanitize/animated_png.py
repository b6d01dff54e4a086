"""Later frames of an animated PNG: their chunks and those of all frames before them are kept.

Source: W3C, Portable Network Graphics (PNG) Specification, third edition.
"""

import struct
from typing import NamedTuple

from captcha_model.images.sanitize import png
from captcha_model.images.sanitize._sanitized import SanitizedImage, damaged
from captcha_model.images.sanitize.choice import FrameChoice, check_frame, check_work

_SEQUENCE = 4  # Bytes of the number in front of a frame's data.


class _Frame(NamedTuple):
    """The chunks of a frame.

    Attributes:
        control: the body of its control chunk; empty for an image that is not in the animation.
        data: the bodies of its data chunks; none for the first image, whose data is in IDAT.
    """

    control: bytes
    data: list[bytes]


def sanitize(still: SanitizedImage, data: bytes, choice: FrameChoice) -> SanitizedImage:
    """Check an animated PNG up to a frame, and return what that frame needs.

    The first image is frame 0, whether it is in the animation or a substitute for it.

    Args:
        still: the same image sanitised for its first frame.
        data: the whole file.
        choice: the frame.

    Raises:
        ImageError: there is no such frame, or the frames up to it are damaged or too many.
    """
    frames = _read_frames(data)
    number = check_frame(choice, len(frames))
    if not number:
        return still
    kept = frames[: number + 1]
    chunks = [(kind, body, whole) for kind, body, whole in png.read_chunks(still.data)]
    header = png.read_header(chunks[0][1])
    check_work(len(kept), header.width, header.height)
    first = b"".join(body for kind, body, _ in chunks if kind == b"IDAT")
    png.check_rows(first, header)
    for frame in kept[1:]:
        width, height = struct.unpack_from(">II", frame.control, _SEQUENCE)
        png.check_rows(_image_data(frame), header._replace(width=width, height=height))
    start = 0 if kept[0].control else 1
    count = struct.pack(">II", len(kept) - start, 0)
    before = png.chunk(b"acTL", count) + _chunks(kept[0])
    parts = [png.SIGNATURE]
    for kind, _, whole in chunks:
        if kind == b"IDAT":
            parts.append(before)
            before = b""
        elif kind == b"IEND":
            parts += map(_chunks, kept[1:])
        parts.append(whole)
    return SanitizedImage("PNG", b"".join(parts), still.exif, number=number, start=start)


def count_frames(still: SanitizedImage, data: bytes) -> SanitizedImage:
    """Return an image with the number of its frames if others are stored unlike the first one.

    What is wrong with later frames does not matter, because they are not read.

    Args:
        still: the image sanitised for its first frame.
        data: the whole file.
    """
    if b"acTL" not in data:
        return still
    frames = _read_frames(data, checked=False)
    chunks = png.read_chunks(still.data)
    first = b"".join(body for kind, body, _ in chunks if kind == b"IDAT")
    differs = any(_image_data(frame) != first for frame in frames[1:])
    return still._replace(unread=len(frames)) if differs else still


def _read_frames(data: bytes, *, checked: bool = True) -> list[_Frame]:
    """Return the frames of a PNG; one without an animation has one.

    Args:
        data: the whole file.
        checked: whether damage to a frame is an error.
    """
    still = [_Frame(b"", [])]
    frames: list[_Frame] = []
    is_animated = False
    for kind, body, whole in png.read_chunks(data):
        if kind == b"IDAT":
            if not is_animated:
                return still
            frames = frames or still
        elif kind == b"acTL":
            is_animated = True
        elif kind in (b"fcTL", b"fdAT"):
            if checked and whole[-4:] != png.checksum(kind, body):
                raise damaged("a checksum is wrong")
            if kind == b"fcTL":
                if checked and len(body) != 26:
                    raise damaged("the control of a frame has a wrong length")
                frames.append(_Frame(body, []))
            elif frames:
                frames[-1].data.append(body)
    return frames


def _image_data(frame: _Frame) -> bytes:
    return b"".join(body[_SEQUENCE:] for body in frame.data)


def _chunks(frame: _Frame) -> bytes:
    control = png.chunk(b"fcTL", frame.control) if frame.control else b""
    return control + b"".join(png.chunk(b"fdAT", body) for body in frame.data)
