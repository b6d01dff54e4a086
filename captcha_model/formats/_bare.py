"""What the modules of the formats have in common."""

from typing import NamedTuple

from captcha_model.errors import ImageError


class Bare(NamedTuple):
    """An encoded image with nothing but what its first picture needs.

    Attributes:
        format: Pillow's name of the format.
        data: a whole file.
        exif: the EXIF entry that was taken out of it; empty where there is none.
    """

    format: str
    data: bytes
    exif: bytes = b""


def damaged(what: str) -> ImageError:
    """Return the error for an image that is not whole, or not what its format asks for."""
    return ImageError(f"The image is damaged: {what}.", code="IMAGE_DAMAGED")


def too_complex(what: str) -> ImageError:
    """Return the error for an image that would take too long or too much memory to decode."""
    return ImageError(f"The image is too complex: {what}.", code="IMAGE_TOO_COMPLEX")
