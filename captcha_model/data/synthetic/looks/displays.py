"""Seven-segment displays: luminous ones, and as binary images."""

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from captcha_model.data.synthetic.looks.canvas import Size
from captcha_model.data.synthetic.looks.chance import between, happens, whole
from captcha_model.data.synthetic.looks.colours import draw_palette, mixed
from captcha_model.data.synthetic.looks.fonts import FontBook
from captcha_model.data.synthetic.looks.segments import draw_shape, segment_masks
from captcha_model.data.synthetic.looks.textures import clouds


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
    if happens(random, 0.4):
        broad = broad + _light_from_sides(size, random)
    level = between(random, 100, 150)
    ink = np.asarray(light, np.float32) + edge + broad > level
    image = Image.fromarray(np.where(ink, np.uint8(255), np.uint8(0)))
    if min(margins) > 4 and happens(random, 0.4):
        _frame(image, place, (lit.width, lit.height), random)
    if happens(random, 0.3):
        specks = Image.fromarray(np.where(clouds(size, 2, random) > 0.85, np.uint8(255), 0))
        image = ImageChops.lighter(image, specks.convert("L"))
    return (ImageChops.invert(image) if happens(random, 0.5) else image).convert("RGB")


def _light_from_sides(size: Size, random: np.random.Generator) -> npt.NDArray[np.float32]:
    """Return levels of light that comes in from some of the sides, shape (H, W)."""
    wide, high = size
    x, y = np.arange(wide, dtype=np.float32), np.arange(high, dtype=np.float32)[:, None]
    uneven = np.maximum(0.1, 1 + clouds(size, max(4, high // 6), random))
    light = np.zeros((high, wide), np.float32)
    for distance in (x, wide - 1 - x, y, high - 1 - y):
        if happens(random, 0.5):
            reach = between(random, 0.03, 0.2) * high
            light += between(random, 60, 220) * np.exp(-distance / (reach * uneven))
    return light


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
