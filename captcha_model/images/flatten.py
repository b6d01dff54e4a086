"""PIL images of any mode as 8-bit images without transparency."""

import numpy as np
import numpy.typing as npt
from PIL import Image

from captcha_model.errors import ImageError
from captcha_model.images.arrays import to_eight_bits

PALE = 192
"""Where no colour of an image on white is darker than this, of 255, nothing shows there."""


def flatten(image: Image.Image, *, on_white: bool = False) -> Image.Image:
    """Convert any mode to 8-bit L, RGB or opaque RGBA, with transparency laid on a ground.

    The ground is white, as pages are, but black under an image that is too pale to be seen on
    white.

    Args:
        image: of any mode, loaded.
        on_white: lay transparency on white whatever the image shows.

    Raises:
        ImageError: values of mode "I" are out of range.
    """
    if image.mode.startswith("I") or image.mode == "F":
        # `convert("L")` would clip 16 bits to white instead of scaling them.
        deep = np.asarray(image)
        if image.mode == "I":
            deep = _sixteen_bits(deep)
        pixels = to_eight_bits(deep)
        if (clear := image.info.get("transparency")) is not None:
            shown = deep != clear
            pale = not on_white and pixels[shown].min(initial=255) >= PALE and shown.any()
            pixels = np.where(shown, pixels, np.uint8(0 if pale else 255))
        return Image.fromarray(pixels)
    return lay_on_ground(image.convert("LA") if image.mode == "La" else image, on_white=on_white)


def _sixteen_bits(deep: npt.NDArray[np.int32]) -> npt.NDArray[np.uint16]:
    if deep.min() < 0 or deep.max() > 65535:
        raise ImageError(
            'The values of a PIL image of mode "I" must be from 0 (black) to 65535 (white).',
            code="ARRAY_RANGE",
        )
    return deep.astype(np.uint16)


def lay_on_ground(image: Image.Image, *, on_white: bool = False) -> Image.Image:
    """Convert a mode of 8 bits to L, RGB or opaque RGBA, as `flatten` does."""
    if image.has_transparency_data:
        image = image if image.mode == "RGBA" else image.convert("RGBA")
        alpha = image.getchannel("A")
        if alpha.tobytes() == b"\xff" * (image.width * image.height):
            return image
        opaque = _lay_on(image, "white")
        # An image of which nothing is visible stays on white.
        pale = not on_white and np.asarray(opaque).min() >= PALE and alpha.getbbox() is not None
        return _lay_on(image, "black") if pale else opaque
    if image.mode in ("L", "RGB"):
        return image
    return image.convert("L" if image.mode == "1" else "RGB")


def _lay_on(image: Image.Image, colour: str) -> Image.Image:
    return Image.alpha_composite(Image.new("RGBA", image.size, colour), image)
