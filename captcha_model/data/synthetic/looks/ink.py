"""Ink that differs from place to place, and small letters all over a ground."""

import numpy as np
from PIL import Image, ImageDraw

from captcha_model.data.synthetic.looks.canvas import Size
from captcha_model.data.synthetic.looks.chance import between, happens, pick, whole
from captcha_model.data.synthetic.looks.colours import Palette
from captcha_model.data.synthetic.looks.fonts import FontBook
from captcha_model.data.synthetic.looks.layout import Layer
from captcha_model.data.synthetic.looks.texts import draw_text

_LETTERS = (6, 40)  # How many small letters stand on a ground.


def painted(layer: Layer, palette: Palette, random: np.random.Generator) -> Layer:
    """Return a text whose ink is a gradient, stripes or patches of two or three colours."""
    size = layer.mask.size
    colours = [palette.another_text(random) for _ in range(3)]
    image = Image.new("RGB", size, colours[0])
    kind = pick(random, ("gradient", "stripes", "patches"))
    if kind == "gradient":
        ramp = Image.linear_gradient("L").rotate(pick(random, (0, 90)))
        return Layer(
            layer.mask,
            Image.composite(image, Image.new("RGB", size, colours[1]), ramp.resize(size)),
        )
    draw = ImageDraw.Draw(image)
    if kind == "stripes":
        step = max(3, round(size[1] * between(random, 0.06, 0.5)))
        lean = size[1] * between(random, -1, 1)
        across = happens(random, 0.5)
        for i in range(0, (size[1] if across else size[0]) + step, 2 * step):
            ends = (0, i, size[0], i) if across else (i, 0, i + lean, size[1])
            draw.line(ends, colours[1], step)
    else:
        reach = between(random, 0.1, 0.4) * size[1]
        for x, y in (random.random((whole(random, 10, 40), 2)) * size).tolist():
            box = (x - reach, y - reach, x + reach, y + reach)
            draw.ellipse(box, fill=pick(random, colours))
    return Layer(layer.mask, image)


def litter(
    ground: Image.Image,
    size: Size,
    palette: Palette,
    fonts: FontBook,
    spread: tuple[float, float],
    random: np.random.Generator,
) -> None:
    """Write small single characters all over a ground, in colours nearer to it than the text's.

    Args:
        ground: mode RGB; it is changed.
        size: its width and height in pixels.
        palette: gives the colours.
        fonts: what they are written with.
        spread: the least and the largest difference of their luminance from the ground's.
        random: the source of randomness.
    """
    draw = ImageDraw.Draw(ground)
    draw.fontmode = "1" if happens(random, 0.2) else "L"
    text = "".join(draw_text("mixed", random) for _ in range(3))
    font = fonts.choose(text, random, ordinary=1.0).at(
        max(7, round(min(size[1], size[0] / 3) * between(random, 0.12, 0.3)))
    )
    reach = between(random, *spread)
    count = whole(random, *_LETTERS)
    for x, y in (random.random((count, 2)) * size).tolist():
        colour = palette.another_ground(random, reach)
        draw.text((x, y), pick(random, text), colour, font, anchor="mm")
