"""Seven-segment displays: luminous, of liquid crystals, and as binary images."""

import colorsys
from dataclasses import replace

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from captcha_model.data.synthetic.looks.canvas import Size
from captcha_model.data.synthetic.looks.chance import between, happens, pick, whole
from captcha_model.data.synthetic.looks.colours import Colour, Palette, draw_palette, mixed
from captcha_model.data.synthetic.looks.fonts import FontBook
from captcha_model.data.synthetic.looks.grounds import draw_ground
from captcha_model.data.synthetic.looks.segments import Segments, draw_shape, segment_masks
from captcha_model.data.synthetic.looks.textures import clouds

_UNITS = ("kWh", "m3", "L", "kg", "bar", "km", "V", "A", "Hz", "T1", "SUM", "kW", "C", "%", "MAX")


def draw_segments(text: str, _: FontBook, random: np.random.Generator) -> Image.Image:
    """Draw a number on a luminous display of any colour, light on dark or dark on light.

    Args:
        text: digits, points, colons and minus signs.
        random: the source of randomness.

    Returns:
        Mode RGB.
    """
    palette = draw_palette(random, 0.6)
    lit, unlit = segment_masks(text, draw_shape(whole(random, 8, 30), random))
    margin = whole(random, 2, 14)
    size = (lit.width + 2 * margin, lit.height + 2 * margin)
    image = Image.new("RGB", size, palette.ground)
    image.paste(
        mixed(palette.ground, palette.text, between(random, 0, 0.16)), (margin, margin), unlit
    )
    if palette.dark_ground and happens(random, 0.35):
        glow = Image.new("L", size)
        glow.paste(lit, (margin, margin))
        glow = glow.filter(ImageFilter.BoxBlur(between(random, 1, 4)))
        image.paste(mixed(palette.ground, palette.text, between(random, 0.3, 0.7)), (0, 0), glow)
    image.paste(palette.text, (margin, margin), lit)
    return image


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
    ink = mixed(ground, (255, 255, 255) if negative else (0, 0, 0), between(random, 0.35, 0.95))
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
    _write_units(image, (*place, place[0] + lit.width, place[1] + lit.height), ink, fonts, random)
    return _reflecting(image, random) if happens(random, 0.25) else image


def _with_small_decimals(
    shown: str, shape: Segments, random: np.random.Generator
) -> tuple[Image.Image, Image.Image]:
    """Return the lit and the unlit segments of a number; digits behind a point may be small."""
    before, point, behind = shown.partition(".")
    if not point or not behind or happens(random, 0.6):
        return segment_masks(shown, shape)
    part = between(random, 0.45, 0.85)
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
        red, green, blue = (round(255 * part) for part in lamp)
        return red, green, blue
    level = between(random, 25, 110) if negative else between(random, 110, 225)
    tint = random.uniform(-30, 22, 3)
    red, green, blue = (round(max(0.0, level + part)) for part in tint.tolist())
    return red, green, blue


def _write_units(
    image: Image.Image,
    number: tuple[int, int, int, int],
    ink: Colour,
    fonts: FontBook,
    random: np.random.Generator,
) -> None:
    """Write a unit or a mark behind, before and above a number, where there is room."""
    left, top, right, _ = number
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


def draw_binarised(text: str, _: FontBook, random: np.random.Generator) -> Image.Image:
    """Draw a number of a display in black and white, as a threshold leaves it.

    Its edges are ragged, parts of segments are missing, and some unlit ones have left traces.

    Args:
        text: digits, points, colons and minus signs.
        random: the source of randomness.

    Returns:
        Mode RGB.
    """
    shape = draw_shape(whole(random, 14, 44), random)
    lit, unlit = segment_masks(text, shape)
    if happens(random, 0.5):
        margins = (whole(random, 0, 4), whole(random, 0, 4))
    else:
        margins = (
            round(lit.width * between(random, 0.05, 0.8)),
            round(lit.height * between(random, 0.05, 0.6)),
        )
    size = (lit.width + 2 * margins[0], lit.height + 2 * margins[1])
    place = (whole(random, 0, 2 * margins[0]), whole(random, 0, 2 * margins[1]))
    light = Image.new("L", size)
    light.paste(round(255 * between(random, 0, 0.3)), place, unlit)
    light.paste(255, place, lit)
    light = light.filter(ImageFilter.BoxBlur(between(random, 0.3, shape.thick / 3)))
    edge = clouds(size, whole(random, 3, 8), random) * between(random, 20, 90)
    broad = clouds(size, max(8, lit.height // 2), random) * between(random, 0, 60)
    level = between(random, 100, 150)
    ink = np.asarray(light, np.float32) + edge + broad > level
    image = Image.fromarray(np.where(ink, np.uint8(255), np.uint8(0)))
    if min(margins) > 4 and happens(random, 0.4):
        _frame(image, place, (lit.width, lit.height), random)
    if happens(random, 0.3):
        specks = Image.fromarray(np.where(clouds(size, 2, random) > 0.85, np.uint8(255), 0))
        image = ImageChops.lighter(image, specks.convert("L"))
    return (ImageChops.invert(image) if happens(random, 0.5) else image).convert("RGB")


def _frame(
    image: Image.Image, place: tuple[int, int], size: Size, random: np.random.Generator
) -> None:
    """Draw parts of a case at the sides, outside of the number."""
    free = {
        "left": place[0] - 2,
        "right": image.width - place[0] - size[0] - 2,
        "top": place[1] - 2,
        "bottom": image.height - place[1] - size[1] - 2,
    }
    wide, high = image.size
    draw = ImageDraw.Draw(image)
    for side, room in free.items():
        if room < 3 or happens(random, 0.5):
            continue
        reach = whole(random, 1, room // 2 + 1)
        box = {
            "left": (0, 0, reach, high),
            "right": (wide - reach, 0, wide, high),
            "top": (0, 0, wide, reach),
            "bottom": (0, high - reach, wide, high),
        }[side]
        draw.rectangle(box, fill=255)
