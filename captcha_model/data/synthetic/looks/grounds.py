"""The grounds of images."""

import math
from collections.abc import Callable
from itertools import pairwise

import numpy as np
from PIL import Image, ImageDraw

from captcha_model.data.synthetic.looks.canvas import Size
from captcha_model.data.synthetic.looks.chance import between, happens, pick, whole
from captcha_model.data.synthetic.looks.colours import Palette
from captcha_model.data.synthetic.looks.textures import octaves, relief


def draw_ground(
    kind: str, size: Size, palette: Palette, random: np.random.Generator
) -> Image.Image:
    """Return the ground of an image, mode RGB.

    Args:
        kind: one of `GROUNDS`.
        size: width and height in pixels.
        palette: its ground colour is the one on average.
        random: the source of randomness.

    Raises:
        KeyError: the kind is unknown.
    """
    return GROUNDS[kind](size, palette, random)


def _flat(size: Size, palette: Palette, _: np.random.Generator) -> Image.Image:
    return Image.new("RGB", size, palette.ground)


def _gradient(size: Size, palette: Palette, random: np.random.Generator) -> Image.Image:
    ramp = Image.linear_gradient("L") if happens(random, 0.7) else Image.radial_gradient("L")
    ramp = ramp.rotate(90 * whole(random, 0, 3)).resize(size, Image.Resampling.BILINEAR)
    one, other = (Image.new("RGB", size, palette.another_ground(random, 35)) for _ in range(2))
    return Image.composite(one, other, ramp)


def _noise(size: Size, palette: Palette, random: np.random.Generator) -> Image.Image:
    """Noise of any grain: single pixels, or clouds of a few."""
    grain = pick(random, (1, 1, 2, 4, 8))
    filters = (Image.Resampling.NEAREST, Image.Resampling.BILINEAR, Image.Resampling.BICUBIC)
    strength, resampling = between(random, 10, 60), pick(random, filters)
    channels = pick(random, (1, 3))
    small = (size[1] // grain + 1, size[0] // grain + 1, channels)
    noise = (random.random(small, dtype=np.float32) - 0.5) * strength
    pixels = np.clip(noise + np.asarray(palette.ground, np.float32), 0, 255).astype(np.uint8)
    image = Image.fromarray(pixels)
    return image.resize(size, resampling) if grain > 1 else image.crop((0, 0, *size))


def _patches(size: Size, palette: Palette, random: np.random.Generator) -> Image.Image:
    ground = Image.new("RGB", size, palette.ground)
    draw = ImageDraw.Draw(ground)
    for _ in range(whole(random, 3, 14)):
        x, y = between(random, -0.2, 1) * size[0], between(random, -0.2, 1) * size[1]
        wide, high = (between(random, 0.1, 0.6) * side for side in size)
        shape = pick(random, (draw.rectangle, draw.ellipse))
        shape((x, y, x + wide, y + high), fill=palette.another_ground(random, 40))
    return ground


def _grid(size: Size, palette: Palette, random: np.random.Generator) -> Image.Image:
    ground = Image.new("RGB", size, palette.ground)
    draw = ImageDraw.Draw(ground)
    colour = palette.another_ground(random, 60)
    step, thick = whole(random, 4, 20), whole(random, 1, 2)
    for x in range(whole(random, 0, step), size[0], step):
        draw.line((x, 0, x, size[1]), colour, thick)
    for y in range(whole(random, 0, step), size[1], step):
        draw.line((0, y, size[0], y), colour, thick)
    return ground


def _hatching(size: Size, palette: Palette, random: np.random.Generator) -> Image.Image:
    ground = Image.new("RGB", size, palette.ground)
    draw = ImageDraw.Draw(ground)
    colour = palette.another_ground(random, 60)
    step, thick = whole(random, 3, 14), whole(random, 1, 2)
    lean = size[1] * math.tan(between(random, -1.1, 1.1))
    for x in range(-abs(round(lean)), size[0] + abs(round(lean)), step):
        draw.line((x, 0, x + lean, size[1]), colour, thick)
    return ground


def _metal(size: Size, palette: Palette, random: np.random.Generator) -> Image.Image:
    """A brushed surface: noise along the rows."""
    rows = random.normal(0, between(random, 3, 10), (size[1], 1, 1))
    grain = random.normal(0, 3, (size[1], size[0] // 8 + 1, 1)).repeat(8, axis=1)[:, : size[0]]
    pixels = np.clip(rows + grain + palette.ground, 0, 255).astype(np.uint8)
    return Image.fromarray(pixels)


def _texture(size: Size, palette: Palette, random: np.random.Generator) -> Image.Image:
    """A rough surface as on a photograph: stone, plaster, cloth, leaves."""
    coarse = between(random, 0.15, 1.2) * size[1]
    field = octaves(size, max(4.0, coarse), between(random, 0.45, 0.85), random)
    shade = relief(field, random) if happens(random, 0.6) else field
    other = np.array(palette.another_ground(random, 30), np.float32)
    ground = np.array(palette.ground, np.float32)
    share = np.clip(0.5 + 0.35 * field, 0, 1)[..., None]
    pixels = ground + (other - ground) * share + (shade * between(random, 5, 20))[..., None]
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def _tiles(size: Size, palette: Palette, random: np.random.Generator) -> Image.Image:
    """Columns of equal width, each of a colour of its own."""
    ground = Image.new("RGB", size, palette.ground)
    count = whole(random, 2, 7)
    cuts = [round(size[0] * i / count) for i in range(count + 1)]
    spread = between(random, 10, 45)
    for left, right in pairwise(cuts):
        ground.paste(palette.another_ground(random, spread), (left, 0, right, size[1]))
    return ground


def _framed(size: Size, palette: Palette, random: np.random.Generator) -> Image.Image:
    """A panel in a frame, or between bars, of a colour that differs as much as the text does."""
    ground = Image.new("RGB", size, palette.strong(random))
    margin = [round(side * between(random, 0.01, 0.05)) for side in size]
    if happens(random, 0.3):
        margin[0] = 0
    wide, high = size
    panel = (margin[0], margin[1], wide - margin[0], high - margin[1])
    ground.paste(palette.ground, panel)
    return ground


def _confetti(size: Size, palette: Palette, random: np.random.Generator) -> Image.Image:
    """Pixels of all colours, thinly or densely."""
    pixels = np.empty((size[1], size[0], 3), np.float32)
    pixels[:] = palette.ground
    coloured = random.random(pixels.shape[:2]) < between(random, 0.02, 0.6)
    share = between(random, 0.25, 0.7)
    colours = 255 * random.random((int(coloured.sum()), 3), dtype=np.float32)
    pixels[coloured] += share * (colours - pixels[coloured])
    return Image.fromarray(pixels.astype(np.uint8))


GROUNDS: dict[str, Callable[[Size, Palette, np.random.Generator], Image.Image]] = {
    "flat": _flat,
    "gradient": _gradient,
    "noise": _noise,
    "patches": _patches,
    "grid": _grid,
    "hatching": _hatching,
    "metal": _metal,
    "texture": _texture,
    "tiles": _tiles,
    "framed": _framed,
    "confetti": _confetti,
}
