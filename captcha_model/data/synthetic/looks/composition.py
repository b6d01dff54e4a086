"""A captcha of a family: ground, text and clutter, put together."""

import math
from dataclasses import replace

import numpy as np
from PIL import Image, ImageChops, ImageFilter

from captcha_model.data.synthetic.looks.canvas import Size, draw_size
from captcha_model.data.synthetic.looks.chance import between, happens, may_happen, pick, whole
from captcha_model.data.synthetic.looks.clutter import draw_clutter
from captcha_model.data.synthetic.looks.colours import Palette, draw_palette
from captcha_model.data.synthetic.looks.effects import apply_effect
from captcha_model.data.synthetic.looks.family import Family
from captcha_model.data.synthetic.looks.fonts import FontBook
from captcha_model.data.synthetic.looks.glyphs import draw_glyph
from captcha_model.data.synthetic.looks.grounds import draw_ground
from captcha_model.data.synthetic.looks.ink import litter, painted
from captcha_model.data.synthetic.looks.layout import Layer, Spacing, lay_out, scatter
from captcha_model.data.synthetic.looks.overlays import (
    blurred,
    clutter_over,
    faded,
    inverted,
    sieved,
    struck,
    transparent,
    washed,
)
from captcha_model.data.synthetic.looks.styles import choose_style
from captcha_model.data.synthetic.looks.warps import warp

_ROOM = (3, 8)  # An image without text has the size for one of so many characters.


def compose(text: str, family: Family, fonts: FontBook, random: np.random.Generator) -> Image.Image:
    """Draw a captcha.

    Args:
        text: what it shows, of characters that the built-in fonts have; an empty one gives the
            ground and the clutter alone.
        family: its random factors.
        fonts: what it is written with.
        random: the source of randomness.

    Returns:
        Mode RGB.
    """
    length = len(text) or whole(random, *_ROOM)
    size = draw_size(pick(random, family.shapes), length, random)
    clear = happens(random, family.transparent)
    palette = draw_palette(random, family.dark, pick(random, family.palettes))
    if clear:
        white = Palette((255, 255, 255), (0, 0, 0), dark_ground=False, kind=palette.kind)
        palette = replace(white, text=white.another_text(random))
    image = draw_ground(pick(random, family.grounds), size, palette, random)
    draw_clutter(
        *(image, family.clutter, whole(random, 0, family.under)),
        *(lambda: palette.another_ground(random, family.under_spread), random),
    )
    if happens(random, family.litter):
        litter(image, size, palette, fonts, family.litter_spread, random)
    layer = _text(text, size, family, palette, fonts, random)
    if happens(random, family.painted):
        layer = painted(layer, palette, random)
    if family.warps:
        strength = between(random, 0.3, 1) * family.warp
        layer = warp(layer, pick(random, family.warps), strength, random)
    if happens(random, family.faded):
        layer = faded(layer, random)
    if may_happen(random, family.washed):
        layer = washed(layer, random)
    if may_happen(random, family.sieved):
        layer = sieved(layer, random)
    if may_happen(random, family.blurred):
        layer = blurred(layer, random)
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
    if not text:
        return Layer(Image.new("L", size), Image.new("RGB", size, palette.text))
    style = choose_style(len(text), size, family, random)
    if happens(random, family.own_font):
        chosen = [fonts.choose(character, random, family.ordinary) for character in text]
    else:
        chosen = [fonts.choose(text, random, family.ordinary)] * len(text)
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
        squeeze=family.squeeze,
        sunk=between(random, 0.2, 0.8) if happens(random, family.sunk) else 0.0,
        slope=math.tan(math.radians(style.tilt)),
        thread=_thread(style.size, random) if may_happen(random, family.threaded) else 0,
    )
    return lay_out(glyphs, colours, size, spacing, random)


def _thread(pixels: int, random: np.random.Generator) -> int:
    """Return the thickness of a line through the letters, at most that of a bold letter's."""
    return whole(random, 1, max(1, pixels // 10))


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
