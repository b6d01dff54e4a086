"""What lies over a text, or lets it vanish: clutter, strokes and areas that invert, holes."""

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps

from captcha_model.data.synthetic.looks.chance import between, happens, pick, whole
from captcha_model.data.synthetic.looks.clutter import draw_clutter
from captcha_model.data.synthetic.looks.colours import Colour, Palette, colour_of
from captcha_model.data.synthetic.looks.family import Family
from captcha_model.data.synthetic.looks.layout import Layer
from captcha_model.data.synthetic.looks.textures import clouds
from captcha_model.images.flatten import flatten

_SAME = 0.88  # Clutter of the text's colour is sometimes of the ground's, which cuts the letters.


def clutter_over(
    image: Image.Image, family: Family, palette: Palette, random: np.random.Generator
) -> Image.Image:
    """Return an image with the clutter that a family has over its text."""
    same = happens(random, family.text_colour)

    def colour() -> Colour:
        if family.strong:
            return palette.strong(random)
        if same and happens(random, _SAME):
            return palette.text
        return palette.ground if same or happens(random, 0.4) else palette.another_text(random)

    covered = image.copy()
    count = whole(random, family.least_over, family.over)
    draw_clutter(covered, family.clutter, count, colour, random)
    if happens(random, family.veiled):
        return Image.blend(image, covered, between(random, 0.3, 0.7))
    return covered


def faded(layer: Layer, random: np.random.Generator) -> Layer:
    """Return a text that nearly vanishes at one side, in a band, or in clouds."""
    least = between(random, 0.3, 0.6)
    if happens(random, 0.5):
        ramp = Image.linear_gradient("L").rotate(pick(random, (0, 90, 180, 270)))
        field = ramp.resize(layer.mask.size, Image.Resampling.BILINEAR)
        if happens(random, 0.4):
            field = field.point(lambda level: abs(2 * level - 255))
    else:
        noise = clouds(layer.mask.size, between(random, 0.4, 1.2) * layer.mask.height, random)
        field = Image.fromarray(np.clip(127 + 200 * noise, 0, 255).astype(np.uint8))
    field = field.point(lambda level: round(255 * (least + (1 - least) * level / 255)))
    return Layer(ImageChops.multiply(layer.mask, field), layer.colours)


def washed(layer: Layer, random: np.random.Generator) -> Layer:
    """Return a text that lets the ground shine through."""
    share = between(random, 0.35, 0.8)
    return Layer(layer.mask.point(lambda level: round(share * level)), layer.colours)


def sieved(layer: Layer, random: np.random.Generator) -> Layer:
    """Return a text with holes of a pixel, of a grid or anywhere, in places or all over it."""
    wide, high = layer.mask.size
    if happens(random, 0.5):
        rows, columns = np.ogrid[:high, :wide]
        holes = (rows + columns) % 2 == 0 if happens(random, 0.6) else rows % 2 + columns % 2 == 0
    else:
        holes = random.random((high, wide)) < between(random, 0.15, 0.6)
    if happens(random, 0.6):
        field = clouds(layer.mask.size, between(random, 0.15, 0.6) * high, random)
        holes = holes & (field > between(random, -0.6, 0.2))
    grain = 2 if high > 90 and happens(random, 0.5) else 1
    holes = holes.repeat(grain, axis=0).repeat(grain, axis=1)[:high, :wide]
    return Layer(
        Image.fromarray(np.where(holes, np.uint8(0), np.asarray(layer.mask))), layer.colours
    )


def blurred(layer: Layer, random: np.random.Generator) -> Layer:
    """Return a text that is out of focus, in colours that are not."""
    reach = between(random, 0.01, 0.035) * min(layer.mask.height, layer.mask.width / 3) + 0.4
    blur = ImageFilter.GaussianBlur(reach)
    mask = layer.mask.filter(blur)
    if len(layer.colours.getcolors(2) or ()) == 1:
        return Layer(mask, layer.colours)
    # Blurred together with black, and brightened again: around the ink, its own colour.
    black = Image.new("RGB", mask.size)
    dimmed = np.asarray(Image.composite(layer.colours, black, layer.mask).filter(blur), np.float32)
    share = np.maximum(np.asarray(mask, np.float32), 1)[..., None] / 255
    colours = Image.fromarray(np.minimum(dimmed / share, 255).astype(np.uint8))
    return Layer(mask, colours)


def struck(image: Image.Image, count: int, random: np.random.Generator) -> Image.Image:
    """Return an image with thick strokes in which it is inverted."""
    part = Image.new("1", image.size)
    wide, high = image.size
    for _ in range(count):
        stroke = Image.new("1", image.size)
        start = (between(random, -0.1, 0.7) * wide, between(random, 0, 1) * high)
        along = between(random, 0.2, 0.9) * wide
        end = (start[0] + along, between(random, 0, 1) * high)
        thick = max(1, round(high * between(random, 0.03, 0.14)))
        ImageDraw.Draw(stroke).line((*start, *end), 1, thick)
        # Where two strokes cross, the image is as it was.
        part = Image.fromarray(np.asarray(part) ^ np.asarray(stroke))
    return Image.composite(ImageOps.invert(image), image, part.convert("L"))


def inverted(image: Image.Image, random: np.random.Generator) -> Image.Image:
    """Return an image that is inverted in a part: a half, bands, or an ellipse."""
    wide, high = image.size
    kind = pick(random, ("half", "bands", "ellipse"))
    part = Image.new("L", image.size)
    if kind == "half":
        share = between(random, 0.2, 0.8)
        below = happens(random, 0.4)
        part.paste(
            255, (0, 0, wide, round(share * high)) if below else (0, 0, round(share * wide), high)
        )
    elif kind == "bands":
        step = max(8, round(wide / whole(random, 2, 6)))
        for x in range(0, wide, 2 * step):
            part.paste(255, (x, 0, x + step, high))
    else:
        across, down = (round(between(random, 0.3, 0.7) * side) for side in image.size)
        disc = ImageOps.invert(Image.radial_gradient("L")).point(lambda v: 255 if v > 127 else 0)
        place = (whole(random, 0, wide - across), whole(random, 0, high - down))
        part.paste(disc.resize((across, down)), place)
    return Image.composite(ImageOps.invert(image), image, part)


def transparent(layer: Layer, family: Family, random: np.random.Generator) -> Image.Image:
    """Return a text on a transparent ground as reading sees it, mode RGB.

    What the transparent pixels hide is black, white or any colour. Some shapes lie over the text,
    half-transparent or not; others are holes in it.

    Args:
        layer: a text that is darker than white.
        family: its clutter and its largest number of shapes.
        random: the source of randomness.
    """
    size = layer.mask.size
    hidden = pick(random, ((0, 0, 0), (255, 255, 255), colour_of(between(random, 0, 255), random)))
    image = Image.new("RGBA", size, (*hidden, 0))
    shapes, holes = (Image.new("L", size) for _ in range(2))
    for mask in (shapes, holes):
        drawn = Image.new("RGB", size)
        count = whole(random, 0, family.over)
        draw_clutter(drawn, family.clutter, count, lambda: (255, 255, 255), random)
        mask.paste(drawn.convert("L"))
    text = layer.colours.convert("RGBA")
    solid = between(random, 0.85, 1)
    text.putalpha(layer.mask.point(lambda level: round(solid * level)))
    image.alpha_composite(text)
    over = Image.new("RGBA", size, (*colour_of(between(random, 0, 200), random), 0))
    opaque = between(random, 0.25, 1)
    over.putalpha(shapes.point(lambda level: round(opaque * level)))
    image.alpha_composite(over)
    image.paste((*hidden, 0), (0, 0), holes)
    return flatten(image).convert("RGB")
