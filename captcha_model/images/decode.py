"""From any image source to an upright 8-bit image; all images of the package are decoded here.

A source is a path, a data URL, bytes, a file object, a PIL image or an array. Every failure is an
`ImageError`.
"""

import io
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any, BinaryIO, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFile

from captcha_model.errors import ImageError
from captcha_model.images.addresses import is_address
from captcha_model.images.arrays import to_eight_bits
from captcha_model.images.base64_text import from_base64, is_base64_image, is_data_url
from captcha_model.images.flatten import flatten, lay_on_ground
from captcha_model.images.frames import join, joins_all, unread_frames, with_unread
from captcha_model.images.sanitize import (
    FrameChoice,
    SanitizedImage,
    check_complete,
    check_frame,
    frames_needed,
    sanitize,
)
from captcha_model.images.sanitize.exif import orientation
from captcha_model.images.size_limits import MAX_IMAGE_BYTES, check_size, too_large

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
"""A path (`str` or `os.PathLike`), a data URL (a `str` that begins with "data:"), `bytes`, a binary
file object, a `PIL.Image.Image` or an array of shape (H, W) or (H, W, 1, 3 or 4): `uint8`,
`uint16`, `bool`, or floats from 0 to 1. For plain base64 see
`captcha_model.images.base64_text.from_base64`."""

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_SHOWN_CHARACTERS = 150  # The last ones of a path, in a message.
_FIRST_READ = 2**16  # Bytes of the first read; every further read doubles what there is.


def decode_image(source: ImageSource, *, frames: FrameChoice | None = None) -> Image.Image:
    """Decode any image source into an upright PIL image of mode L or RGB.

    An animation becomes one image, EXIF rotation is applied, transparency is laid on white (or on
    black, if the image is too pale to be seen on white), and a greater depth is scaled to 8 bits.
    The result is itself a source that the model reads without
    decoding it again.

    Args:
        source: a path, a data URL, bytes, a binary file object, a PIL image or an array.
        frames: what of an animation: a frame's number, counted from 0, "first" or "last"; or all
            frames as one image: "darkest" takes the darkest value of all at every pixel,
            "lightest" the lightest. None takes the first frame, and readings of the result have a
            warning if there are others.

    Raises:
        ImageError: the source is not an image of a known format, it has no such frame, or it is
            damaged, too large, too small, too elongated or too complex.
    """
    image = decode_opaque(source, frames)
    return image.convert("RGB") if image.mode == "RGBA" else image


def decode_opaque(source: ImageSource, frames: FrameChoice | None = None) -> Image.Image:
    """Decode as `decode_image` does, but leave RGBA without transparent pixels as it is.

    A PIL image that Pillow has opened but not loaded must pass the checks of files; a loaded one,
    or one whose frame was chosen by `seek`, is taken as it is, mode "I" as 16 bits.

    Raises:
        ImageError: see `decode_image`.
    """
    if isinstance(source, Image.Image):
        return _from_image(source, frames)
    if isinstance(source, np.ndarray):
        check_frame(frames, 1)
        return lay_on_ground(Image.fromarray(to_eight_bits(source)))
    if isinstance(source, str) and is_data_url(source):
        return _from_bytes(from_base64(source), frames)
    if isinstance(source, (str, os.PathLike)):
        return _from_bytes(_read_path(source), frames)
    if isinstance(source, (bytes, bytearray, memoryview)):
        return _from_bytes(bytes(source), frames)
    if callable(getattr(source, "read", None)):
        return _from_bytes(_read_object(source), frames)
    raise ImageError(
        "An image must be a path, a data URL, bytes, a file object, a PIL image or a NumPy array. "
        f"Received: {type(source).__name__}",
        code="IMAGE_TYPE",
    )


def _read_path(source: str | os.PathLike[str]) -> bytes:
    try:
        with open(source, "rb", buffering=0, opener=_open_at_once) as file:
            if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                return _read(file)
            raise OSError(None, "Not a file")
    except (OSError, ValueError) as error:
        name = os.fsdecode(source)
        if len(name) > _SHOWN_CHARACTERS:
            name = f"...{name[-_SHOWN_CHARACTERS:]}"
        reason = getattr(error, "strerror", None) or "Not a valid path"
        hint = ""
        if is_base64_image(source):
            hint = " For base64 use captcha_model.from_base64."
        elif isinstance(source, str) and is_address(source):
            hint = " For an address of the web use captcha_model.from_url."
        message = f"{name!r} cannot be read: {reason}.{hint}"
        raise ImageError(message, code="IMAGE_NOT_FOUND") from error


def _open_at_once(path: str, flags: int) -> int:
    """Open a file that may be a pipe, without waiting for a process that writes into it."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _read_object(source: IO[bytes]) -> bytes:
    try:
        return _read(source)
    except (OSError, ValueError) as error:
        raise ImageError("The file object cannot be read.") from error


def _read(file: IO[bytes]) -> bytes:
    """Read a file to its end, but at most one byte beyond the limit."""
    data = b""
    while len(data) <= MAX_IMAGE_BYTES:
        # Reading up to the limit at once would allocate that much memory for every small file.
        piece = file.read(min(max(_FIRST_READ, len(data)), MAX_IMAGE_BYTES + 1 - len(data)))
        if not isinstance(piece, (bytes, bytearray, memoryview)):
            raise ImageError("A file object must be opened in binary mode.", code="IMAGE_TYPE")
        if not piece:
            break
        data += piece
    return data


def _from_bytes(data: bytes, frames: FrameChoice | None) -> Image.Image:
    if not data:
        raise ImageError("The image is empty: it has no bytes.", code="IMAGE_EMPTY")
    if len(data) > MAX_IMAGE_BYTES:
        raise ImageError(f"The image is over {MAX_IMAGE_BYTES >> 20} MiB.", code="IMAGE_TOO_LARGE")
    found = sanitize(data, frames)
    with _pillow():
        if found.rows:
            # Everything about the file is known, so Pillow need not parse it again.
            mode, size, packed = found.rows
            image = Image.frombytes(mode, size, packed, "zip", mode)
            return with_unread(_loaded(image, found), found.unread)
        image = Image.open(io.BytesIO(found.data), formats=[found.format])
        check_size(*image.size)
        if frames is not None and joins_all(frames):
            return join(_loaded_frames(image, found), frames)
        image.seek(found.number)
        return with_unread(_loaded(image, found), found.unread)


def _from_image(image: Image.Image, frames: FrameChoice | None) -> Image.Image:
    check_size(*image.size)
    with _pillow():
        found = None
        if isinstance(image, ImageFile.ImageFile) and image.tile and image.fp and not image.tell():
            # Pillow has opened the file but not read it, so the checks of files apply.
            place = image.fp.tell()
            image.fp.seek(0)
            data = _read_object(image.fp)
            image.fp.seek(place)
            if frames_needed(frames) != 1:
                return _from_bytes(data, frames)
            found = sanitize(data, frames)
        elif frames_needed(frames) != 1:
            _check_only_frame(image, frames)
        unread = found.unread if found else unread_frames(image)
        return with_unread(_loaded(image, found), unread)


def _check_only_frame(image: Image.Image, frames: FrameChoice | None) -> None:
    if unread_frames(image) or getattr(image, "n_frames", 1) > 1:
        raise ImageError(
            f"The choice {frames!r} of frames needs the file, because the PIL image is one frame "
            "of it that is already decoded. Give the file's path or its bytes.",
            code="IMAGE_FRAME",
        )
    check_frame(frames, 1)


def _loaded_frames(image: Image.Image, found: SanitizedImage) -> Iterator[Image.Image]:
    for number in range(found.start, found.number + 1):
        image.seek(number)
        # One ground for all of them.
        yield _loaded(image, found, on_white=True)


def _loaded(
    image: Image.Image, found: SanitizedImage | None, *, on_white: bool = False
) -> Image.Image:
    """Load the pixels, which Pillow does only now, then rotate and flatten them."""
    image.load()
    if found is not None:
        check_complete(found, image)
    exif = (found and found.exif) or image.info.get("exif", b"")
    turn = _TURNS.get(orientation(exif)) if isinstance(exif, bytes) else None
    if turn is not None:
        image = image.transpose(turn)
        image.info.pop("exif", None)  # Or decoding the result would rotate it once more.
    return flatten(image, on_white=on_white)


@contextmanager
def _pillow() -> Iterator[None]:
    """Turn every exception of Pillow into an `ImageError`."""
    try:
        yield
    except ImageError:
        raise
    except (Image.DecompressionBombError, MemoryError) as error:
        raise too_large() from error
    except Exception as error:
        # The decoders index, unpack and convert what a file claims: any exception is possible.
        raise ImageError(
            "The image is damaged: its data cannot be decoded.", code="IMAGE_DAMAGED"
        ) from error
