"""Printed tickets and receipts: folds, faded thermal print, dots of old printers."""

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from captcha_model.data.synthetic.looks.canvas import Size
from captcha_model.data.synthetic.looks.chance import between, happens, pick, whole
from captcha_model.data.synthetic.looks.colours import Colour
from captcha_model.data.synthetic.looks.fonts import FontBook
from captcha_model.data.synthetic.looks.textures import clouds, octaves


def draw_ticket(text: str, fonts: FontBook, random: np.random.Generator) -> Image.Image:
    """Draw a printed number on paper.

    Args:
        text: any characters.
        fonts: one of them is used.
        random: the source of randomness.

    Returns:
        Mode RGB.
    """
    size = whole(random, 14, 40)
    ink = _printed(text, fonts, size, random)
    margins = (whole(random, 3, size), round(size * between(random, 0.15, 0.7)))
    canvas = (ink.width + 2 * margins[0], ink.height + 2 * margins[1])
    place = (whole(random, 2, 2 * margins[0] - 2), margins[1] + whole(random, -1, 1))
    mask = Image.new("L", canvas)
    mask.paste(ink, place)
    if happens(random, 0.35):
        _other_lines(mask, (place[1] - 2, place[1] + ink.height + 2), random)
    mask = _faded(mask, random)
    level = between(random, 200, 250)
    paper: Colour = (
        round(level),
        round(level - between(random, 0, 14)),
        round(level - between(random, 0, 40)),
    )
    colour = pick(random, ((25, 25, 35), (25, 25, 35), (60, 55, 70), (40, 45, 120), (140, 40, 50)))
    image = Image.composite(Image.new("RGB", canvas, colour), _paper(canvas, paper, random), mask)
    for _ in range(pick(random, (0, 0, 1, 1, 2))):
        image = _folded(image, random)
    return image


def _printed(text: str, fonts: FontBook, size: int, random: np.random.Generator) -> Image.Image:
    """Return the ink of a text: solid, or made of the dots of a printer."""
    dots = happens(random, 0.35)
    times = max(2, size // 12) if dots else 1
    pixels = size if times == 1 else max(10, size // times)
    font = fonts.choose(text, random, ordinary=1.0 if dots else 0.7).at(pixels)
    spaced = between(random, 0, 0.25) * font.size
    widths = [font.getlength(character) + spaced for character in text]
    ink = Image.new("L", (round(sum(widths)) + 8, round(2.2 * font.size)))
    draw = ImageDraw.Draw(ink)
    if dots:
        draw.fontmode = "1"
    x = 3.0
    for character, width in zip(text, widths, strict=True):
        draw.text((x, 1.6 * font.size), character, 255, font, anchor="ls")
        x += width
    ink = ink.crop(ink.getbbox())
    if not dots:
        # Receipts have narrow and tall letters, too.
        stretch = between(random, 0.75, 1.3) if happens(random, 0.5) else 1.0
        return ink.resize((max(1, round(ink.width * stretch)), ink.height))
    large = ink.resize((ink.width * times, ink.height * times), Image.Resampling.NEAREST)
    if times > 2:
        # The gaps between the dots.
        tile = np.full((times, times), 255, np.uint8)
        tile[0], tile[:, 0] = whole(random, 0, 160), whole(random, 0, 160)
        screen = np.tile(tile, (ink.height, ink.width))
        large = ImageChops.multiply(large, Image.fromarray(screen))
    return large.filter(ImageFilter.BoxBlur(between(random, 0.2, 0.9)))


def _other_lines(mask: Image.Image, rows: tuple[int, int], random: np.random.Generator) -> None:
    """Draw a rule, or the bars of a code, outside of the rows of the text."""
    draw = ImageDraw.Draw(mask)
    wide, high = mask.size
    if happens(random, 0.6):
        y = pick(random, (max(0, rows[0] // 2), min(high - 1, (rows[1] + high) // 2)))
        step = pick(random, (wide, 4, 8))
        for x in range(0, wide, step):
            draw.line((x, y, x + max(2, step // 2) if step < wide else wide, y), 220)
    elif high - rows[1] > 3:
        x = whole(random, 0, 6)
        while x < wide:
            thick = whole(random, 1, 3)
            draw.rectangle((x, rows[1] + 1, x + thick - 1, high), fill=230)
            x += thick + whole(random, 1, 4)


def _faded(mask: Image.Image, random: np.random.Generator) -> Image.Image:
    """Return a print that is lighter in places, with gaps where the printer's head is worn."""
    wide, high = mask.size
    strength = np.full((high, wide), between(random, 0.75, 1), np.float32)
    if happens(random, 0.6):
        fading = clouds((wide, high), between(random, 0.3, 2) * high, random)
        strength *= 1 - between(random, 0.1, 0.5) * (fading + 1) / 2
    if happens(random, 0.4):
        grain = clouds((wide, high), 1.5, random)
        strength *= 1 - between(random, 0.1, 0.5) * np.clip(grain, 0, 1)
    for _ in range(pick(random, (0, 0, 0, 1, 2))):
        strength[whole(random, 0, high - 1)] *= between(random, 0, 0.5)
    return Image.fromarray((np.asarray(mask, np.float32) * strength).astype(np.uint8))


def _paper(size: Size, colour: Colour, random: np.random.Generator) -> Image.Image:
    if happens(random, 0.4):
        return Image.new("RGB", size, colour)
    grain = octaves(size, between(random, 4, 30), 0.8, random) * between(random, 1, 6)
    pixels = np.array(colour, np.float32) + grain[..., None]
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def _folded(image: Image.Image, random: np.random.Generator) -> Image.Image:
    """Return an image with a fold: light on one side of a line, and dark on the other."""
    wide, high = image.size
    upright = happens(random, 0.7)
    side = wide if upright else high
    at, lean = between(random, 0.1, 0.9) * side, between(random, -0.3, 0.3)
    y, x = np.mgrid[:high, :wide].astype(np.float32)
    away = (
        x - at - lean * (y - high / 2) if upright else y - at - lean * high / wide * (x - wide / 2)
    )
    reach = between(random, 2, 0.3 * high + 3)
    strength = between(random, 8, 40) * pick(random, (-1, 1))
    shade = strength * np.sign(away) * np.exp(-np.abs(away) / reach)
    crease = between(random, 0, 40) * (np.abs(away) < 0.8)
    pixels = np.asarray(image, np.float32) + (shade + crease)[..., None]
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
