"""PIL images of any mode as 8-bit images without transparency."""

import numpy as np
import numpy.typing as npt
from PIL import Image

from captcha_model.errors import ImageError
from captcha_model.images.arrays import to_eight_bits


def flatten(image: Image.Image) -> Image.Image:
    """Convert any mode to 8-bit L, RGB or opaque RGBA, with transparency laid on white.

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
            pixels = np.where(deep == clear, np.uint8(255), pixels)
        return Image.fromarray(pixels)
    return lay_on_white(image.convert("LA") if image.mode == "La" else image)


def _sixteen_bits(deep: npt.NDArray[np.int32]) -> npt.NDArray[np.uint16]:
    if deep.min() < 0 or deep.max() > 65535:
        raise ImageError(
            'The values of a PIL image of mode "I" must be from 0 (black) to 65535 (white).',
            code="ARRAY_RANGE",
        )
    return deep.astype(np.uint16)


def lay_on_white(image: Image.Image) -> Image.Image:
    """Convert a mode of 8 bits to L, RGB or opaque RGBA, with transparency laid on white."""
    if image.has_transparency_data:
        image = image if image.mode == "RGBA" else image.convert("RGBA")
        if image.getchannel("A").tobytes() == b"\xff" * (image.width * image.height):
            return image
        return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    if image.mode in ("L", "RGB"):
        return image
    return image.convert("L" if image.mode == "1" else "RGB")
