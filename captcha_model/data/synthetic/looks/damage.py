"""What copying, storing and scaling do to an image."""

import io
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageFilter

from captcha_model.data.synthetic.looks.chance import between, pick, whole


def damage(image: Image.Image, kind: str, random: np.random.Generator) -> Image.Image:
    """Return a damaged image of the same size and mode.

    Args:
        image: mode RGB.
        kind: one of `DAMAGES`.
        random: the source of randomness.

    Raises:
        KeyError: the kind is unknown.
    """
    return DAMAGES[kind](image, random)


def _blur(image: Image.Image, random: np.random.Generator) -> Image.Image:
    largest = min(1.6, image.height / 45)
    return image.filter(ImageFilter.GaussianBlur(between(random, 0.3, max(0.5, largest))))


def _smooth(image: Image.Image, _: np.random.Generator) -> Image.Image:
    return image.filter(ImageFilter.SMOOTH)


def _noise(image: Image.Image, random: np.random.Generator) -> Image.Image:
    return _with_noise(image, pick(random, (1, 3)), between(random, 3, 22), random)


def _grain(image: Image.Image, random: np.random.Generator) -> Image.Image:
    """Strong noise without colour."""
    return _with_noise(image, 1, between(random, 18, 45), random)


def _with_noise(
    image: Image.Image, channels: int, strength: float, random: np.random.Generator
) -> Image.Image:
    pixels = np.asarray(image, np.float32)
    shape = (*pixels.shape[:2], channels)
    noise = random.standard_normal(shape, dtype=np.float32) * strength
    return Image.fromarray(np.clip(pixels + noise, 0, 255).astype(np.uint8))


def _jpeg(image: Image.Image, random: np.random.Generator) -> Image.Image:
    stored = io.BytesIO()
    image.save(stored, "JPEG", quality=whole(random, 20, 90))
    return Image.open(stored).convert("RGB")


def _palette(image: Image.Image, random: np.random.Generator) -> Image.Image:
    colours = pick(random, (8, 16, 64))
    return image.quantize(colours, Image.Quantize.FASTOCTREE).convert("RGB")


def _one_bit(image: Image.Image, _: np.random.Generator) -> Image.Image:
    """Two colours, black and white, split half-way between the darkest and the lightest parts."""
    grey = image.convert("L")
    low, high = np.percentile(np.asarray(grey), (2, 98)).tolist()
    level = (low + high) / 2
    return grey.point(lambda value: 255 if value > level else 0).convert("RGB")


def _rescaled(image: Image.Image, random: np.random.Generator) -> Image.Image:
    """Scaled down and up again, with any filter; small images keep more."""
    least = min(0.9, max(0.45, 24 / image.height))
    scale = between(random, least, 0.95)
    filters = (Image.Resampling.NEAREST, Image.Resampling.BILINEAR, Image.Resampling.BICUBIC)
    small = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    down = image.resize(small, Image.Resampling.BILINEAR)
    return down.resize(image.size, pick(random, filters))


DAMAGES: dict[str, Callable[[Image.Image, np.random.Generator], Image.Image]] = {
    "blur": _blur,
    "smooth": _smooth,
    "noise": _noise,
    "grain": _grain,
    "jpeg": _jpeg,
    "palette": _palette,
    "one_bit": _one_bit,
    "rescaled": _rescaled,
}
