"""What a camera does: the view from a side, and light that falls unevenly."""

import numpy as np
from PIL import Image, ImageChops

from captcha_model.data.synthetic.looks.chance import between, happens
from captcha_model.data.synthetic.looks.colours import colour_of
from captcha_model.data.synthetic.looks.warps import perspective_coefficients

_REACH = 0.09  # The largest shift of a corner, as a fraction of the height.


def photograph(image: Image.Image, random: np.random.Generator) -> Image.Image:
    """Return a view of an image from a side, unevenly lit, mode RGB."""
    if happens(random, 0.75):
        image = _view(image, random)
    return _lit(image, random) if happens(random, 0.6) else image


def _view(image: Image.Image, random: np.random.Generator) -> Image.Image:
    wide, high = image.size
    # Where the corners are seen: all of the image stays in sight.
    reach = _REACH * high
    room = reach * between(random, 0.5, 3)
    size = (round(wide + 2 * room), round(high + 2 * room))
    turn = between(random, -0.06, 0.06) * high
    corners = ((0, 0), (wide, 0), (wide, high), (0, high))
    seen = [
        (
            room + x + between(random, -1, 1) * reach,
            room + y + between(random, -1, 1) * reach + (turn if x else -turn),
        )
        for x, y in corners
    ]
    around = colour_of(between(random, 10, 245), random)
    coefficients = perspective_coefficients(seen, corners)
    return image.transform(
        size,
        Image.Transform.PERSPECTIVE,
        coefficients,
        Image.Resampling.BILINEAR,
        fillcolor=around,
    )


def _lit(image: Image.Image, random: np.random.Generator) -> Image.Image:
    """Return an image that is darker to one side, or has a highlight."""
    ramp = Image.linear_gradient("L") if happens(random, 0.6) else Image.radial_gradient("L")
    ramp = ramp.rotate(between(random, 0, 360), Image.Resampling.BILINEAR).crop((38, 38, 218, 218))
    ramp = ramp.resize(image.size, Image.Resampling.BILINEAR)
    darkest = between(random, 0.45, 0.9)
    if happens(random, 0.25):
        highlight = ramp.point(lambda value: round(0.45 * (1 - darkest) * 2 * value))
        return ImageChops.screen(image, highlight.convert("RGB"))
    shade = ramp.point(lambda value: round(255 * darkest + (1 - darkest) * value))
    return ImageChops.multiply(image, shade.convert("RGB"))
