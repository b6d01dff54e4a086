"""Procedural textures: noise of several grains, and light on it."""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

from captcha_model.data.synthetic.looks.canvas import Size
from captcha_model.data.synthetic.looks.chance import between

Floats: TypeAlias = npt.NDArray[np.float32]


def clouds(size: Size, grain: float, random: np.random.Generator) -> Floats:
    """Return smooth noise.

    Args:
        size: width and height in pixels.
        grain: the size of its spots in pixels.
        random: the source of randomness.

    Returns:
        Shape (height, width), from -1 to 1.
    """
    small = (max(2, round(size[1] / grain)) + 1, max(2, round(size[0] / grain)) + 1)
    values = random.random(small, dtype=np.float32) * 2 - 1
    return np.asarray(Image.fromarray(values).resize(size, Image.Resampling.BICUBIC))


def octaves(size: Size, coarse: float, rough: float, random: np.random.Generator) -> Floats:
    """Return noise of several grains, each half as large as the one before.

    Args:
        size: width and height in pixels.
        coarse: the largest grain in pixels.
        rough: the strength of each grain, as a fraction of that of the one before.
        random: the source of randomness.

    Returns:
        Shape (height, width), with a mean of 0 and a standard deviation of 1.
    """
    total = np.zeros((size[1], size[0]), np.float32)
    grain, strength = coarse, 1.0
    while grain >= 1.5:
        total += strength * clouds(size, grain, random)
        grain, strength = grain / 2, strength * rough
    total -= total.mean()
    return total / max(1e-3, float(total.std()))


def relief(heights: Floats, random: np.random.Generator) -> Floats:
    """Return how light a surface is under a lamp at one side, with a deviation of about 1."""
    right, down = between(random, -1, 1), between(random, -1, 1)
    light = np.zeros_like(heights)
    light[:, 1:] += right * np.diff(heights, axis=1)
    light[1:] += down * np.diff(heights, axis=0)
    return light / max(1e-3, float(light.std()))
