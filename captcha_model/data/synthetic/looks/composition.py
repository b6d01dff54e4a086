"""A captcha of a family: ground, text and clutter, put together."""

from dataclasses import replace

import numpy as np
from PIL import Image, ImageChops, ImageFilter

from captcha_model.data.synthetic.looks.canvas import Size, draw_size
from captcha_model.data.synthetic.looks.chance import between, happens, pick, whole
from captcha_model.data.synthetic.looks.clutter import draw_clutter
from captcha_model.data.synthetic.looks.colours import Palette, draw_palette
from captcha_model.data.synthetic.looks.effects import apply_effect
from captcha_model.data.synthetic.looks.family import Family
from captcha_model.data.synthetic.looks.fonts import FontBook
from captcha_model.data.synthetic.looks.glyphs import GlyphStyle, draw_glyph
from captcha_model.data.synthetic.looks.grounds import draw_ground
from captcha_model.data.synthetic.looks.layout import Layer, Spacing, lay_out, scatter
from captcha_model.data.synthetic.looks.overlays import clutter_over, inverted, struck, transparent
from captcha_model.data.synthetic.looks.warps import warp

_MIN_SIZE = 10  # The smallest font, in pixels.
_MIN_SHARE = 0.17  # The smallest font, as a fraction of the height.
_HOLLOW_SIZE = 22  # Outlines of smaller letters run together.
_BLOCKY_SIZES = (9, 14)  # Of fonts whose pixels are to be seen.
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
    clear = happens(random, family.transparent)
    palette = draw_palette(random, family.dark, pick(random, family.palettes))
    if clear:
        white = Palette((255, 255, 255), (0, 0, 0), dark_ground=False)
        palette = replace(white, text=white.another_text(random))
    image = draw_ground(pick(random, family.grounds), size, palette, random)
    draw_clutter(
        *(image, family.clutter, whole(random, 0, family.under)),
        *(lambda: palette.another_ground(random, family.under_spread), random),
    )
    layer = _text(text, size, family, palette, fonts, random)
    if family.warps:
        strength = between(random, 0.3, 1) * family.warp
        layer = warp(layer, pick(random, family.warps), strength, random)
    if clear:
        return transparent(layer, family, random)
    if happens(random, family.shadow):
        image = _shadow(layer, palette, random).over(image)
    image = clutter_over(layer.over(image), family, palette, random)
    if family.strokes:
        image = struck(image, whole(random, 1, family.strokes), random)
    if happens(random, family.bands):
        image = inverted(image, random)
    return apply_effect(image, pick(random, family.effects), random) if family.effects else image


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
    if happens(random, family.blocks):
        drawn = min(pixels, whole(random, *_BLOCKY_SIZES))
        return GlyphStyle(size=drawn, blocks=max(1, pixels // drawn))
    # Thinner lines are drawn at twice the size, so that they can lose half a pixel.
    zoom = 0.5 if happens(random, family.thin) else 1.0
    return GlyphStyle(
        size=round(pixels / zoom),
        thin=zoom < 1,
        zoom=zoom,
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
