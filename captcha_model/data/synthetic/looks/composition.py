"""A captcha of a family: ground, text and clutter, put together."""

import numpy as np
from PIL import Image, ImageChops, ImageFilter, ImageOps

from captcha_model.data.synthetic.looks.canvas import Size, draw_ground, draw_size
from captcha_model.data.synthetic.looks.chance import between, happens, pick, whole
from captcha_model.data.synthetic.looks.clutter import draw_clutter
from captcha_model.data.synthetic.looks.colours import Colour, Palette, draw_palette
from captcha_model.data.synthetic.looks.family import Family
from captcha_model.data.synthetic.looks.fonts import FontBook
from captcha_model.data.synthetic.looks.glyphs import GlyphStyle, draw_glyph
from captcha_model.data.synthetic.looks.layout import Layer, Spacing, lay_out, scatter
from captcha_model.data.synthetic.looks.warps import warp

_MIN_SIZE = 10  # The smallest font, in pixels.
_MIN_SHARE = 0.17  # The smallest font, as a fraction of the height.
_HOLLOW_SIZE = 22  # Outlines of smaller letters run together.
_HEIGHT, _WIDTH = 0.88, 0.62  # What a font's characters take at most of its size, on average.


def compose(text: str, family: Family, fonts: FontBook, random: np.random.Generator) -> Image.Image:
    """Draw a captcha.

    Args:
        text: what it shows, of characters that the built-in fonts have.
        family: its random factors.
        fonts: what it is written with.
        random: the source of randomness.

    Returns:
        Mode RGB.
    """
    size = draw_size(pick(random, family.shapes), len(text), random)
    palette = draw_palette(random, family.dark)
    image = draw_ground(pick(random, family.grounds), size, palette, random)
    draw_clutter(
        *(image, family.clutter, whole(random, 0, family.under)),
        *(lambda: palette.another_ground(random, 55), random),
    )
    layer = _text(text, size, family, palette, fonts, random)
    if family.warps:
        strength = between(random, 0.3, 1) * family.warp
        layer = warp(layer, pick(random, family.warps), strength, random)
    if happens(random, family.shadow):
        image = _shadow(layer, palette, random).over(image)
    image = layer.over(image)
    same_colour = happens(random, 0.5)
    draw_clutter(
        *(image, family.clutter, whole(random, 0, family.over)),
        *(lambda: _over_colour(palette, same_colour, random), random),
    )
    return _inverted(image, random) if happens(random, family.bands) else image


def _text(
    text: str,
    size: Size,
    family: Family,
    palette: Palette,
    fonts: FontBook,
    random: np.random.Generator,
) -> Layer:
    style = _style(len(text), size, family, random)
    if happens(random, family.own_font):
        chosen = [fonts.choose(character, random) for character in text]
    else:
        chosen = [fonts.choose(text, random)] * len(text)
    glyphs = [
        draw_glyph(character, font.at(style.size), style, random)
        for character, font in zip(text, chosen, strict=True)
    ]
    colours = [palette.text] * len(text)
    if happens(random, family.own_colour):
        colours = [palette.another_text(random) for _ in text]
    if happens(random, family.scattered):
        return scatter(glyphs, colours, size, family.cut * float(random.random()), random)
    spacing = Spacing(
        gaps=family.gaps,
        jitter=family.jitter,
        margin=0.05 + family.warp,
        spread=between(random, 0.5, 1) if happens(random, family.spread) else 0.0,
    )
    return lay_out(glyphs, colours, size, spacing, random)


def _style(length: int, size: Size, family: Family, random: np.random.Generator) -> GlyphStyle:
    room = 1 - 2 * (0.05 + family.warp)
    fits = min(size[1] * room / _HEIGHT, size[0] * room / (length * _WIDTH))
    # An image is scaled to one height before it is read: letters far lower than it vanish.
    least = max(_MIN_SIZE, round(_MIN_SHARE * size[1]))
    pixels = max(least, round(fits * between(random, *family.size)))
    hollow = pixels >= _HOLLOW_SIZE and happens(random, family.hollow)
    stroke = whole(random, 1, max(1, pixels // 24)) if happens(random, family.stroke) else 0
    return GlyphStyle(
        size=pixels,
        stroke=stroke if pixels >= _HOLLOW_SIZE else 0,
        hollow=hollow,
        turn=family.turn * float(random.random()),
        shear=family.shear * float(random.random()),
        size_spread=family.size_spread,
    )


def _shadow(layer: Layer, palette: Palette, random: np.random.Generator) -> Layer:
    """Return the text's shadow: moved a little, between the ground's and the text's luminance."""
    reach = max(1, round(layer.mask.height / 30))
    shifts = [whole(random, 1, reach) * pick(random, (-1, 1)) for _ in range(2)]
    mask = ImageChops.offset(layer.mask, *shifts)
    if happens(random, 0.5):
        mask = mask.filter(ImageFilter.BoxBlur(1))
    share = between(random, 0.3, 0.6)
    pairs = zip(palette.ground, palette.text, strict=True)
    red, green, blue = (round(a + (b - a) * share) for a, b in pairs)
    return Layer(mask, Image.new("RGB", layer.mask.size, (red, green, blue)))


def _over_colour(palette: Palette, same: bool, random: np.random.Generator) -> Colour:
    """Return the colour of a shape over the text: the text's, the ground's, or another."""
    if same:
        return palette.text
    return palette.ground if happens(random, 0.4) else palette.another_text(random)


def _inverted(image: Image.Image, random: np.random.Generator) -> Image.Image:
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
