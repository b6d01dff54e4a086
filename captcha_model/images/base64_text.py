"""Image files as text: data URLs and plain base64.

A `str` is a path unless it begins with "data:". Plain base64 is never guessed, because every short
word is base64 too, and "/9j/4AAQ" both a path and the beginning of a JPEG: `from_base64` says it.
"""

import binascii
import os
import re
from urllib.parse import unquote

from captcha_model.errors import ImageError
from captcha_model.images.size_limits import MAX_IMAGE_BYTES

_SCHEME = "data:"
_SPACE = re.compile(r"[ \t\r\n]+")
# What PNG, JPEG, GIF, WebP and BMP begin with.
_BEGINNINGS = ("iVBORw0KGgo", "/9j/", "R0lGOD", "UklGR", "Qk")
_URL_SAFE = str.maketrans("-_", "+/")
_MAX_TEXT = -(-MAX_IMAGE_BYTES // 3) * 4
_SHORTEST = 60  # Characters; no image file is so small.


def is_data_url(text: str) -> bool:
    """Return whether a text is a data URL, whatever it holds."""
    return text[: len(_SCHEME)].lower() == _SCHEME


def from_base64(text: str | bytes) -> bytes:
    """Return the file that a data URL or plain base64 holds, for `predict` or `decode_image`.

    Args:
        text: base64, with or without the prefix of a data URL, such as "data:image/png;base64,".
            White space is ignored, and "-" and "_" may stand for "+" and "/".

    Raises:
        ImageError: it is not base64, or holds over 32 MiB.
    """
    if isinstance(text, bytes):
        text = text.decode("latin-1")
    # White space and escapes at most double a text; a longer one is not looked at.
    if len(text) > 2 * _MAX_TEXT:
        raise _too_large()
    if is_data_url(text):
        head, comma, text = text.partition(",")
        if not comma or not head.lower().endswith(";base64"):
            raise ImageError(
                "A data URL must hold base64: it begins like data:image/png;base64, . "
                f"Received: {head[:60]!r}",
                code="IMAGE_BASE64",
            )
        text = unquote(text)
    text = _SPACE.sub("", text).translate(_URL_SAFE)
    if len(text) > _MAX_TEXT:
        raise _too_large()
    bare = text.rstrip("=")
    padded = bare + "=" * (-len(bare) % 4)
    try:
        if text not in (bare, padded):
            raise ValueError("Wrong padding")
        return binascii.a2b_base64(padded, strict_mode=True)
    except ValueError as error:
        raise ImageError("The text is not base64.", code="IMAGE_BASE64") from error


def is_base64_image(source: str | os.PathLike[str]) -> bool:
    """Return whether a path that does not exist looks like an image file in base64."""
    return isinstance(source, str) and len(source) > _SHORTEST and source.startswith(_BEGINNINGS)


def _too_large() -> ImageError:
    return ImageError(f"The image is over {MAX_IMAGE_BYTES >> 20} MiB.", code="IMAGE_TOO_LARGE")
