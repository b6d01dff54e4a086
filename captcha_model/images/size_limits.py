"""Limits on the size and the aspect ratio of images."""

from captcha_model.errors import ImageError

MAX_IMAGE_BYTES = 32 * 2**20
MAX_PIXELS = 2**24
MIN_SIDE = 4
MAX_ASPECT = 50


def check_size(width: int, height: int) -> None:
    """Check the sides of an image, in pixels, before memory of that size is allocated.

    Raises:
        ImageError: the image is too large, too small or too elongated.
    """
    if width * height > MAX_PIXELS:
        raise too_large()
    short, long = sorted((width, height))
    if 0 < short * MAX_ASPECT < long:
        raise ImageError(
            f"The image is too elongated: {width}x{height} pixels, over {MAX_ASPECT} to 1.",
            code="IMAGE_ASPECT",
        )
    if short < MIN_SIDE:
        raise ImageError(
            f"The image is too small: {width}x{height} pixels; each side needs {MIN_SIDE}.",
            code="IMAGE_TOO_SMALL",
        )


def too_large() -> ImageError:
    """Return the error for an image with too many pixels."""
    return ImageError(
        f"The image is too large: over {MAX_PIXELS // 10**6} million pixels.",
        code="IMAGE_TOO_LARGE",
    )
