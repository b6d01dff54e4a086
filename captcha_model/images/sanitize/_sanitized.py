"""What the modules of the formats have in common."""

from typing import NamedTuple

from captcha_model.errors import ImageError


class Rows(NamedTuple):
    """All that there is to a picture: rows of whole bytes, one after another.

    Attributes:
        mode: Pillow's mode of the pixels, which lie in the rows as they do in it.
        size: width and height in pixels.
        packed: the rows, filtered and deflated as in a PNG.
    """

    mode: str
    size: tuple[int, int]
    packed: bytes


class Bare(NamedTuple):
    """An encoded image with nothing but what its first picture needs.

    Attributes:
        format: Pillow's name of the format.
        data: a whole file.
        exif: the EXIF entry that was taken out of it; empty where there is none.
        rows: the picture without the file around it, where it is as plain as that.
    """

    format: str
    data: bytes
    exif: bytes = b""
    rows: Rows | None = None


def damaged(what: str) -> ImageError:
    """Return the error for an image that is not whole, or not what its format asks for."""
    return ImageError(f"The image is damaged: {what}.", code="IMAGE_DAMAGED")


def too_complex(what: str) -> ImageError:
    """Return the error for an image that would take too long or too much memory to decode."""
    return ImageError(f"The image is too complex: {what}.", code="IMAGE_TOO_COMPLEX")
