"""The images of a folder that is labelled: found, decoded, and described for a comparison."""

import hashlib
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from captcha_model.calibration import image_statistics
from captcha_model.data import skipped
from captcha_model.data.files import Reader, is_image, list_folder
from captcha_model.data.skipped import Skipped
from captcha_model.errors import DataError, ImageError
from captcha_model.images.decode import decode_image
from captcha_model.images.flatten import flatten

MAX_SHOWN = (1600, 800)
"""The greatest width and height of an image on the page, in pixels."""

_COMPARED = (96, 32)  # Width and height at which images are compared.


@dataclass(frozen=True)
class SeenImage:
    """What is kept of an image that was decoded.

    Attributes:
        digest: of its pixels; images with one digest are the same.
        look: shape (12,), how it looks, in tolerances of `image_statistics`.
    """

    digest: bytes
    look: npt.NDArray[np.float64]


def check_folder(folder: Path) -> None:
    """Raise a `DataError` if there is no such folder."""
    if not folder.is_dir():
        raise DataError(
            f"{str(folder)!r} is no folder. Give the folder that holds the images to label.",
            code="SOURCE_NOT_FOUND",
        )


class ImageFolder:
    """The images of a folder and of the folders below it.

    Args:
        folder: searched as that of a training; what is left out is named in a `DataWarning`.

    Attributes:
        folder: where the images are.
        names: their names, relative to the folder, sorted.

    Raises:
        DataError: there is no such folder, or it holds no images.
    """

    def __init__(self, folder: Path) -> None:
        check_folder(folder)
        self.folder = folder
        files = list_folder(folder)
        self._files: dict[str, Reader] = {}
        left_out = Skipped()
        for name in filter(is_image, files):
            if _is_utf8(name):
                self._files[name] = files[name]
            else:
                left_out.add(skipped.NO_UTF8, name)
        left_out.warn(str(folder))
        self.names = tuple(sorted(self._files))
        if not self.names:
            raise DataError(
                f"{folder} holds no images: no file ends like an image.", code="SOURCE_EMPTY"
            )

    def decode(self, name: str) -> Image.Image | ImageError:
        """Return an image, or why it cannot be read."""
        try:
            return decode_image(self._files[name]())
        except ImageError as error:
            return error
        except OSError as error:
            return ImageError(f"The file cannot be read: {error}.", code="IMAGE_NOT_FOUND")

    def decode_all(self, names: Iterable[str]) -> Iterator[Image.Image | ImageError]:
        """Yield what `decode` returns for each of some images."""
        return map(self.decode, names)

    def png(self, name: str) -> bytes:
        """Return an image as a PNG file that is safe to show.

        Raises:
            ImageError: it cannot be read.
        """
        image = self.decode(name)
        if isinstance(image, ImageError):
            raise image
        image.thumbnail(MAX_SHOWN, Image.Resampling.LANCZOS)
        file = io.BytesIO()
        image.save(file, "PNG")
        return file.getvalue()


def _is_utf8(name: str) -> bool:
    """Return whether a name can be sent to a page, which takes no other bytes."""
    return not any("\ud800" <= character <= "\udfff" for character in name)


def see(image: Image.Image) -> SeenImage:
    """Return what is kept of a decoded image."""
    opaque = flatten(image)
    digest = hashlib.sha256(f"{image.mode} {image.size}".encode() + image.tobytes()).digest()
    grey = opaque.convert("L").resize(_COMPARED, Image.Resampling.BILINEAR)
    pixels = np.asarray(grey, np.uint8)[None, :, :, None]
    tolerances = np.array([*image_statistics.TOLERANCES.values()])[: image_statistics.COUNTS[1]]
    return SeenImage(digest, image_statistics.measure(pixels)[0] / tolerances)
