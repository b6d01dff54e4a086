"""From whatever a user has to an upright image of 8 bits, with every way in which that fails.

An image may come as a path, as bytes, as a file object, as a PIL image or as an array.
"""

import io
import os
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from captcha_model.errors import ImageError

FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP")
MAX_BYTES = 32 * 2**20
MAX_PIXELS = 2**24
MIN_SIDE = 4
MAX_ASPECT = 50

ImageSource: TypeAlias = (
    str
    | os.PathLike[str]
    | bytes
    | bytearray
    | memoryview
    | BinaryIO
    | Image.Image
    | npt.NDArray[Any]
)
"""A path (`str` or `os.PathLike`), `bytes`, a binary file object, a `PIL.Image.Image` or an array
of shape (H, W) or (H, W, 1, 3 or 4): `uint8`, `uint16`, `bool`, or floats from 0 to 1."""


def decode(source: ImageSource) -> Image.Image:
    """Turn any image source into an upright PIL image of mode L or RGB.

    The first frame of an animation counts, EXIF rotation is applied, transparency lies on white,
    and a greater depth is scaled to 8 bits.

    Raises:
        ImageError: not an image of a known format, damaged, too large, too small or too long.
    """
    if isinstance(source, Image.Image):
        _check_size(*source.size)
        return _flatten(_guarded(source))
    if isinstance(source, np.ndarray):
        return _from_array(source)
    if isinstance(source, (str, os.PathLike)):
        data = _read_file(Path(source))
    elif isinstance(source, (bytes, bytearray, memoryview)):
        data = bytes(source)
    elif callable(getattr(source, "read", None)):
        data = source.read(MAX_BYTES + 1)
        if not isinstance(data, bytes):
            raise ImageError("A file object must be opened in binary mode.", code="IMAGE_TYPE")
    else:
        raise ImageError(
            "An image is a path, bytes, a file object, a PIL image or a NumPy array. "
            f"Received: {type(source).__name__}",
            code="IMAGE_TYPE",
        )
    return _flatten(_from_bytes(data))


def _read_file(path: Path) -> bytes:
    try:
        if not path.is_file():
            found = "is not a file" if path.exists() else "does not exist"
            raise ImageError(f"{path.name!r} {found}.", code="IMAGE_NOT_FOUND")
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a valid path"
        raise ImageError(f"{path.name[:100]!r}: {reason}.", code="IMAGE_NOT_FOUND") from error


def _from_bytes(data: bytes) -> Image.Image:
    if not data:
        raise ImageError("The image is empty: it has no bytes.", code="IMAGE_EMPTY")
    if len(data) > MAX_BYTES:
        raise ImageError(f"The image is over {MAX_BYTES >> 20} MiB.", code="IMAGE_TOO_LARGE")
    try:
        # Pillow warns of large images, but the limit below is ours and an error.
        with _no_warnings():
            image = Image.open(io.BytesIO(data), formats=FORMATS)
    except (Image.DecompressionBombError, MemoryError) as error:
        raise ImageError(_TOO_MANY_PIXELS, code="IMAGE_TOO_LARGE") from error
    except (OSError, ValueError, SyntaxError) as error:
        raise ImageError(
            f"This is not an image that can be read. The known formats are {', '.join(FORMATS)}.",
            code="IMAGE_FORMAT",
        ) from error
    _check_size(*image.size)
    return _guarded(image)


def _guarded(image: Image.Image) -> Image.Image:
    """Load the pixels and turn the image upright; Pillow is lazy, so damage shows only here."""
    try:
        image.load()
        with _no_warnings():
            return ImageOps.exif_transpose(image)
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError) as error:
        raise ImageError(
            "The image is damaged: its data cannot be decoded.", code="IMAGE_DAMAGED"
        ) from error


_SILENCE = threading.Lock()


@contextmanager
def _no_warnings() -> Iterator[None]:
    """Keep Pillow's warnings from the user.

    What `catch_warnings` saves and restores belongs to the whole process: two threads that decode
    at once would leave the warnings off for good. So one is inside at a time, and never for long.
    """
    with _SILENCE, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _flatten(image: Image.Image) -> Image.Image:
    """Bring any mode to 8-bit L or RGB, with transparency laid on white."""
    if image.mode.startswith("I"):
        # `convert("L")` would clip 16 bits to white instead of scaling them.
        deep = np.asarray(image).astype(np.int64).clip(0, 65535)
        return Image.fromarray(((deep + 128) // 257).astype(np.uint8))
    if image.mode == "F":
        return _from_array(np.asarray(image))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    return (
        image if image.mode in ("L", "RGB") else image.convert("L" if image.mode == "1" else "RGB")
    )


def _from_array(array: npt.NDArray[Any]) -> Image.Image:
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (1, 3, 4)):
        raise ImageError(
            "An array has shape (H, W) or (H, W, C) with 1, 3 or 4 channels. "
            f"Received: {array.shape}",
            code="ARRAY_SHAPE",
        )
    _check_size(array.shape[1], array.shape[0])
    kind = array.dtype.kind
    if kind == "b":
        array = array * np.uint8(255)
    elif kind == "f":
        # A NaN fails both comparisons, an infinity one of them.
        if not ((array >= 0) & (array <= 1)).all():
            raise ImageError(
                "A floating-point array goes from 0 (black) to 1 (white), without NaN. "
                "For 0 to 255 use uint8.",
                code="ARRAY_RANGE",
            )
        array = np.rint(array * 255)
    elif kind == "u" and array.dtype.itemsize == 2:
        array = (array.astype(np.uint32) + 128) // 257
    elif kind != "u" or array.dtype.itemsize != 1:
        raise ImageError(
            "An array is uint8, uint16, bool, or floating point from 0 to 1. "
            f"Received: {array.dtype}",
            code="ARRAY_TYPE",
        )
    array = np.ascontiguousarray(array.astype(np.uint8))
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    return _flatten(Image.fromarray(array))


_TOO_MANY_PIXELS = f"The image is too large: over {MAX_PIXELS // 10**6} million pixels."


def _check_size(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise ImageError(_TOO_MANY_PIXELS, code="IMAGE_TOO_LARGE")
    if min(width, height) < MIN_SIDE:
        raise ImageError(
            f"The image is too small: {width}x{height} pixels, and each side needs {MIN_SIDE}.",
            code="IMAGE_TOO_SMALL",
        )
    if max(width, height) > MAX_ASPECT * min(width, height):
        raise ImageError(
            f"The image is too long: {width}x{height} pixels is beyond {MAX_ASPECT} to 1.",
            code="IMAGE_ASPECT",
        )
