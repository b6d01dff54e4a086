"""The result of sanitising, and the errors that all formats share."""

from typing import NamedTuple

from captcha_model.errors import ImageError


class PixelRows(NamedTuple):
    """The compressed pixels of a plain PNG, which can be decoded without the file around them.

    Attributes:
        mode: Pillow's mode of the pixels: L, LA, RGB or RGBA, 8 bits per channel.
        size: width and height in pixels.
        compressed: the rows from top to bottom, filtered and deflated as in a PNG.
    """

    mode: str
    size: tuple[int, int]
    compressed: bytes


class SanitizedImage(NamedTuple):
    """An encoded image with only what the pixels of one frame need.

    Attributes:
        format: Pillow's name of the format.
        data: a complete file of this format.
        exif: the EXIF entry that was removed from the file; empty if there was none.
        rows: the pixels without the file around them; None if they need more than that to decode.
        number: the number of the frame in `data`, from 0; of several, that of the last one.
        start: the number in `data` of the animation's first frame.
        unread: the number of frames in the file, where the first was taken without being chosen
            and others differ from it; else 0.
    """

    format: str
    data: bytes
    exif: bytes = b""
    rows: PixelRows | None = None
    number: int = 0
    start: int = 0
    unread: int = 0


def damaged(reason: str) -> ImageError:
    """Return the error for an image that is incomplete or violates its format."""
    return ImageError(f"The image is damaged: {reason}.", code="IMAGE_DAMAGED")


def too_complex(reason: str) -> ImageError:
    """Return the error for an image that would take too much time or memory to decode."""
    return ImageError(f"The image is too complex: {reason}.", code="IMAGE_TOO_COMPLEX")
