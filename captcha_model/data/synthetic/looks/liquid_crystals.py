"""Displays of liquid crystals: faint unlit segments, shadows, lamps behind them, small units."""

import colorsys
from dataclasses import replace

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from captcha_model.data.synthetic.looks.chance import between, happens, pick, whole
from captcha_model.data.synthetic.looks.colours import Colour, Palette, mixed
from captcha_model.data.synthetic.looks.fonts import FontBook
from captcha_model.data.synthetic.looks.grounds import draw_ground
from captcha_model.data.synthetic.looks.segments import Segments, draw_shape, segment_masks
from captcha_model.data.synthetic.looks.textures import clouds

_UNITS = ("kWh", "m3", "L", "kg", "bar", "km", "V", "A", "Hz", "T1", "SUM", "kW", "C", "%", "MAX")
_CLEARLY_SMALL = 0.75  # Of the other digits' height.


def draw_lcd(text: str, fonts: FontBook, random: np.random.Generator) -> Image.Image:
    """Draw a number on a strip of liquid crystals: faint unlit segments, shadows, small units.

    Args:
        text: digits, points, colons and minus signs.
        fonts: what a small unit beside the number is written in.
        random: the source of randomness.

    Returns:
        Mode RGB, up to seven times as wide as high.
    """
    # Some displays have more digits than the number.
    shown = " " * pick(random, (0, 0, 0, 1, 2)) + text
    shape = draw_shape(whole(random, 8, pick(random, (22, 22, 36))), random)
    lit, unlit = _with_small_decimals(shown, shape, random)
    negative = happens(random, 0.15)
    ground = _glass(negative, random)
    ink = mixed(ground, (255, 255, 255) if negative else (0, 0, 0), between(random, 0.2, 0.95))
    high = round(lit.height * between(random, 1.05, 1.7))
    wide = max(lit.width + 4, round(high * between(random, 2, 7)))
    wide = min(wide, round(1.8 * lit.width) + 8)
    palette = Palette(ground, ink, dark_ground=negative)
    image = draw_ground(
        pick(random, ("flat", "flat", "gradient", "metal")), (wide, high), palette, random
    )
    place = (whole(random, 0, wide - lit.width), whole(random, 0, high - lit.height))
    image.paste(mixed(ground, ink, between(random, 0, 0.25)), place, unlit)
    if happens(random, 0.5):
        away = (place[0] + whole(random, 1, 3), place[1] + whole(random, 0, 2))
        shadow = lit.filter(ImageFilter.BoxBlur(1))
        image.paste(mixed(ground, ink, between(random, 0.1, 0.35)), away, shadow)
    image.paste(ink, place, lit)
    _write_units(image, place, place[0] + lit.width, ink, fonts, random)
    return _reflecting(image, random) if happens(random, 0.25) else image


def _with_small_decimals(
    shown: str, shape: Segments, random: np.random.Generator
) -> tuple[Image.Image, Image.Image]:
    """Return the lit and the unlit segments of a number; digits behind a point may be small.

    On some meters their size alone shows that they are decimals, without a point.
    """
    before, point, behind = shown.partition(".")
    if not point or not behind or happens(random, 0.6):
        return segment_masks(shown, shape)
    part = between(random, 0.45, 0.85)
    if part < _CLEARLY_SMALL and happens(random, 0.5):
        point = ""
    small = replace(
        shape,
        wide=max(5, round(part * shape.wide)),
        high=max(8, round(part * shape.high)),
        thick=max(2, round(part * shape.thick)),
        space=max(3, round(part * shape.space)),
    )
    pairs = zip(segment_masks(before + point, shape), segment_masks(behind, small), strict=True)
    lit, unlit = (_side_by_side(large, little) for large, little in pairs)
    return lit, unlit


def _side_by_side(large: Image.Image, small: Image.Image) -> Image.Image:
    both = Image.new("L", (large.width + small.width, large.height))
    both.paste(large, (0, 0))
    both.paste(small, (large.width, large.height - small.height))
    return both


def _glass(negative: bool, random: np.random.Generator) -> Colour:
    """Return the colour of a display: greyish, or that of a lamp behind it."""
    if happens(random, 0.35):
        value = between(random, 0.3, 0.6) if negative else between(random, 0.6, 1)
        hue = pick(random, ((0.05, 0.17), (0.22, 0.45), (0.5, 0.66)))
        lamp = colorsys.hsv_to_rgb(between(random, *hue), between(random, 0.35, 1), value)
        levels = [255 * part for part in lamp]
    else:
        level = between(random, 25, 110) if negative else between(random, 110, 225)
        levels = [level + part for part in random.uniform(-30, 22, 3).tolist()]
    red, green, blue = (round(max(0.0, level)) for level in levels)
    return red, green, blue


def _write_units(
    image: Image.Image,
    place: tuple[int, int],
    right: int,
    ink: Colour,
    fonts: FontBook,
    random: np.random.Generator,
) -> None:
    """Write a unit or a mark behind, before and above a number, where there is room."""
    left, top = place
    draw = ImageDraw.Draw(image)
    rooms = (
        (image.width - right, image.height // 3, 0.6, (right + 2, image.height - 2), "ls"),
        (left, image.height // 3, 0.4, (2, pick(random, (2, image.height // 2))), "lt"),
        (image.width // 3, top - 1, 0.4, (whole(random, 2, image.width * 2 // 3), 1), "lt"),
    )
    for wide, high, probability, corner, anchor in rooms:
        if min(wide, 2 * high) > 14 and happens(random, probability):
            font, unit = fonts.plain("A").at(max(7, min(wide // 2, high))), pick(random, _UNITS)
            if 2 + font.getlength(unit) <= wide:
                draw.text(corner, unit, ink, font, anchor=anchor)


def _reflecting(image: Image.Image, random: np.random.Generator) -> Image.Image:
    """Return a display in whose glass something light is seen."""
    seen = clouds(image.size, between(random, 0.4, 2) * image.height, random)
    light = Image.fromarray(np.clip(160 * seen, 0, 255).astype(np.uint8))
    strength = between(random, 0.2, 0.6)
    light = light.point(lambda level: round(strength * level))
    return ImageChops.screen(image, light.convert("RGB"))
