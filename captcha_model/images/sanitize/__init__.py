"""What is checked of an encoded image, and left out of it, before Pillow opens it.

Pillow reads far more of a file than its pixels (texts, profiles, EXIF entries, thumbnails, frames),
in loops whose work can grow faster than the file: 720 kB of EXIF entries in a PNG cost it 43 s and
2.3 GB, 1.3 MB of GIF comments 5 s, 100 kB of JPEG scans 11 s. And where pixels are missing it may
put zeros. So every format has a module here with a function `bare`, whose work grows with the
file's size and no faster: it checks the size in pixels and that the file is whole, and returns
it without what its first picture does not need.
"""

from PIL import Image

from captcha_model.errors import ImageError
from captcha_model.images.sanitize import bmp, gif, jpeg, png, webp
from captcha_model.images.sanitize._sanitized import Bare as Bare

FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP")


def bare(data: bytes) -> Bare:
    """Check an encoded image, of whatever known format, and return what its pixels need.

    Raises:
        ImageError: another format, or damaged, too large, too small, too long or too complex.
    """
    if data.startswith(png.SIGNATURE):
        return png.bare(data)
    if data.startswith(b"\xff\xd8\xff"):
        return jpeg.bare(data)
    if data.startswith((b"GIF87a", b"GIF89a")):
        return gif.bare(data)
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return webp.bare(data)
    if data.startswith(b"BM"):
        return bmp.bare(data)
    raise ImageError(
        f"This is not an image that can be read. The known formats are {', '.join(FORMATS)}.",
        code="IMAGE_FORMAT",
    )


def check_rows(found: Bare, picture: Image.Image) -> None:
    """Check that Pillow has not made up pixels; the decoders of all but PNG fail where some miss.

    Raises:
        ImageError: it has.
    """
    if found.format == "PNG":
        png.check_rows(found.data, picture)
