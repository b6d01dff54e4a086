"""Sanitising of encoded images, before Pillow opens them.

A file may hold far more than the pixels of the frame that is read: texts, profiles, EXIF entries,
thumbnails, further frames. Decoders process these as well, and some of that work can grow faster
than the file. Every format has a module here with a function `sanitize`, whose own work grows
linearly with the size of the file. It checks the size in pixels, limits the number of parts, checks
that the file is complete, and returns it without the parts that the pixels do not need. So neither
time nor memory is spent on them, and missing pixels are never replaced by zeros.
"""

from PIL import Image

from captcha_model.errors import ImageError
from captcha_model.images.sanitize import animated_png, bmp, gif, jpeg, png, webp
from captcha_model.images.sanitize._sanitized import SanitizedImage as SanitizedImage
from captcha_model.images.sanitize.choice import FRAME_WORDS as FRAME_WORDS
from captcha_model.images.sanitize.choice import FrameChoice as FrameChoice
from captcha_model.images.sanitize.choice import check_frame as check_frame
from captcha_model.images.sanitize.choice import frames_needed as frames_needed

FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP")


def sanitize(data: bytes, choice: FrameChoice | None = None) -> SanitizedImage:
    """Check an encoded image of any supported format and return only what a choice needs.

    Args:
        data: the whole file. The format is found by its first bytes.
        choice: which frame of an animation, or all; None takes the first one and counts the others.

    Raises:
        ImageError: the format is not supported, there is no such frame, or the image is damaged,
            too large, too small, too elongated or too complex.
    """
    if data.startswith((b"GIF87a", b"GIF89a")):
        return gif.sanitize(data, choice)
    still = _sanitize_first(data)
    if still.format not in ("PNG", "WEBP"):
        check_frame(choice, 1)
        return still
    is_png = still.format == "PNG"
    if choice is None:
        return animated_png.count_frames(still, data) if is_png else webp.count_frames(still)
    if frames_needed(choice) == 1:
        return still
    if is_png:
        return animated_png.sanitize(still, data, choice)
    return webp.sanitize_frame(still, choice)


def _sanitize_first(data: bytes) -> SanitizedImage:
    if data.startswith(png.SIGNATURE):
        return png.sanitize(data)
    if data.startswith(b"\xff\xd8\xff"):
        return jpeg.sanitize(data)
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return webp.sanitize(data)
    if data.startswith(b"BM"):
        return bmp.sanitize(data)
    raise ImageError(
        f"This is not an image that can be read. The supported formats are {', '.join(FORMATS)}.",
        code="IMAGE_FORMAT",
    )


def check_complete(sanitized: SanitizedImage, image: Image.Image) -> None:
    """Check that no pixels of a decoded image were missing in the file.

    Only the first frame of a PNG needs this check: later ones have been checked, and Pillow's
    decoders of the other formats fail.

    Args:
        sanitized: the file.
        image: the image that Pillow decoded from it.

    Raises:
        ImageError: pixels are missing.
    """
    if sanitized.format == "PNG" and not sanitized.number:
        png.check_complete(sanitized.data, image)
