"""Filters over a whole image: screens of dots, edges, reliefs."""

import math
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageFilter, ImageOps

from captcha_model.data.synthetic.looks.chance import between, happens, pick
from captcha_model.data.synthetic.looks.colours import Colour, draw_palette


def apply_effect(image: Image.Image, kind: str, random: np.random.Generator) -> Image.Image:
    """Return a filtered image of the same size, mode RGB.

    Args:
        image: mode RGB.
        kind: one of `EFFECTS`.
        random: the source of randomness.

    Raises:
        KeyError: the kind is unknown.
    """
    return EFFECTS[kind](image, random)


def _halftone(image: Image.Image, random: np.random.Generator) -> Image.Image:
    """Dots of two colours, larger where the image is darker, as a printer makes them."""
    grey = np.asarray(ImageOps.autocontrast(image.convert("L")), np.float32) / 255
    pitch = between(random, 2.2, max(2.6, min(5.0, image.height / 18)))
    turn = between(random, 0, math.pi / 2)
    y, x = np.mgrid[: image.height, : image.width].astype(np.float32)
    cos, sin = 2 * math.pi / pitch * math.cos(turn), 2 * math.pi / pitch * math.sin(turn)
    screen = 0.5 + 0.25 * (np.cos(cos * x + sin * y) + np.cos(cos * y - sin * x))
    light = 0.15 + 0.7 * grey > screen
    palette = draw_palette(random, 0.0)
    colours = np.array([palette.text, palette.ground], np.uint8)
    return Image.fromarray(colours[light.astype(int)])


def _edges(image: Image.Image, random: np.random.Generator) -> Image.Image:
    """Only the edges, light on dark or dark on light."""
    grey = image.convert("L") if happens(random, 0.6) else image
    edges = ImageOps.autocontrast(_without_frame(grey.filter(ImageFilter.FIND_EDGES)), (0, 1))
    return (ImageOps.invert(edges) if happens(random, 0.5) else edges).convert("RGB")


def _contours(image: Image.Image, random: np.random.Generator) -> Image.Image:
    """Dark and light edges on a grey ground, each channel on its own."""
    corners = happens(random, 0.5)
    kernel = (-1, 0, -1, 0, 4, 0, -1, 0, -1) if corners else (0, -1, 0, -1, 4, -1, 0, -1, 0)
    edges = image.filter(ImageFilter.Kernel((3, 3), kernel, 1 / between(random, 1, 3), 127))
    return ImageOps.expand(edges.crop((1, 1, image.width - 1, image.height - 1)), 1, (127,) * 3)


def _contrasted(image: Image.Image, random: np.random.Generator) -> Image.Image:
    """More contrast than the image can have, around a level of its own."""
    gain, middle = between(random, 1.5, 4), between(random, 90, 160)
    return image.point(lambda level: round(min(255.0, max(0.0, middle + gain * (level - middle)))))


def _without_frame(image: Image.Image) -> Image.Image:
    """Return an image with a black border, where Pillow's filter copies the input."""
    inner = image.crop((1, 1, image.width - 1, image.height - 1))
    return ImageOps.expand(inner, 1)


def _relief(image: Image.Image, random: np.random.Generator) -> Image.Image:
    """A grey relief, lit from a side."""
    grey = image.convert("L").filter(ImageFilter.BoxBlur(between(random, 0.3, 1)))
    relief = grey.filter(ImageFilter.EMBOSS)
    inner = relief.crop((1, 1, relief.width - 1, relief.height - 1))
    lit = ImageOps.autocontrast(inner, (0.5, 0.5)).resize(image.size)
    middle: Colour = draw_palette(random, 0.0).ground
    return (
        ImageOps.colorize(lit, "black", "white", mid=middle)
        if happens(random, 0.4)
        else (lit.convert("RGB"))
    )


def _frosted(image: Image.Image, random: np.random.Generator) -> Image.Image:
    """Every pixel is one of those around it, as behind frosted glass."""
    pixels = np.asarray(image)
    rows, columns = np.ogrid[: image.height, : image.width]
    reach = 1 if image.height < 60 or happens(random, 0.6) else 2
    down, right = random.integers(-reach, reach + 1, (2, image.height, image.width))
    rows = np.clip(rows + down, 0, image.height - 1)
    return Image.fromarray(pixels[rows, np.clip(columns + right, 0, image.width - 1)])


def _posterised(image: Image.Image, random: np.random.Generator) -> Image.Image:
    """A few levels of each channel."""
    return ImageOps.posterize(image, pick(random, (2, 3)))


EFFECTS: dict[str, Callable[[Image.Image, np.random.Generator], Image.Image]] = {
    "none": lambda image, _: image,
    "halftone": _halftone,
    "edges": _edges,
    "contours": _contours,
    "contrasted": _contrasted,
    "relief": _relief,
    "posterised": _posterised,
    "frosted": _frosted,
}
