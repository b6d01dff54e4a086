"""Sizes, colours and plain sheets that the kinds of images share."""

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

from captcha_model.images import arrays

Random: TypeAlias = np.random.Generator
Colour: TypeAlias = tuple[int, int, int]

CAPTCHA_SIZE = (200, 50)
SIZES = (
    *((16, 16), (32, 32), (64, 64), (100, 40), (128, 32), (160, 60), (180, 70), (300, 75)),
    *((320, 240), (120, 200), (640, 120), (480, 40)),
)


def random_size(random: Random) -> tuple[int, int]:
    """Return a width and a height: that of captcha_images_v2 with a probability of one half."""
    return CAPTCHA_SIZE if random.random() < 0.5 else SIZES[random.integers(len(SIZES))]


def resized(image: Image.Image, random: Random) -> Image.Image:
    """Return an image stretched to a random size."""
    return image.resize(random_size(random), Image.Resampling.BILINEAR)


def to_image(values: npt.NDArray[Any]) -> Image.Image:
    """Return numbers of shape (H, W, 1 or 3), clipped to 0..255, as an image of mode L or RGB."""
    return arrays.to_image(np.clip(np.rint(values), 0, 255).astype(np.uint8))


def random_colour(random: Random, *, light: bool | None = None) -> Colour:
    """Return a random colour, grey with a probability of one half.

    Args:
        random: the source of randomness.
        light: True for a light colour, False for a dark one, None for any.
    """
    low, high = {None: (0, 256), True: (190, 256), False: (0, 110)}[light]
    red, green, blue = random.integers(low, high, 3).tolist()
    return (red, red, red) if random.random() < 0.5 else (red, green, blue)


def sheet(random: Random, *, light: bool | None = None) -> Image.Image:
    """Return an image of one random colour and a random size; `light` as in `random_colour`."""
    return Image.new("RGB", random_size(random), random_colour(random, light=light))


def between(fractions: npt.NDArray[np.float64], random: Random) -> npt.NDArray[np.float64]:
    """Interpolate between two random colours.

    Args:
        fractions: shape (H, W), 0 is the first colour and 1 the second.
        random: the source of randomness.

    Returns:
        Colours of shape (H, W, 3).
    """
    first, second = np.array([random_colour(random), random_colour(random)], float)
    return first + fractions[..., None] * (second - first)
