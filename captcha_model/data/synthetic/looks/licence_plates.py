"""Licence plates of many designs. Only the large serial number is their text."""

import math
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from captcha_model.data.synthetic.looks.canvas import Size
from captcha_model.data.synthetic.looks.chance import between, happens, pick, whole
from captcha_model.data.synthetic.looks.colours import Colour, Palette, colour_of, draw_palette
from captcha_model.data.synthetic.looks.fonts import Font, FontBook
from captcha_model.data.synthetic.looks.grounds import draw_ground

_WORDS = (
    *("Sunshine", "Liberty", "State", "Lakes", "Mountain", "Ocean", "Pioneer", "Garden", "Land"),
    *("Great", "First", "Golden", "North", "South", "Coast", "River", "Valley", "Explore", "Pure"),
    *("Wild", "Island", "Prairie", "Capital", "Heritage", "Country", "of", "the", "and", "my"),
)


@dataclass(frozen=True)
class _Design:
    """Where things are on a plate, in pixels.

    Attributes:
        size: of the plate.
        letters: the height of the serial number's font.
        band: the width of a band at the left side.
        palette: the serial number contrasts with its ground.
    """

    size: Size
    letters: int
    band: int
    palette: Palette


def draw_plate(text: str, fonts: FontBook, random: np.random.Generator) -> Image.Image:
    """Draw a plate: a serial number among small words, pictures, bolts, stickers and frames.

    Args:
        text: any characters; a gap or an emblem between two groups of them is not one.
        fonts: of the serial number and of the words.
        random: the source of randomness.

    Returns:
        Mode RGB.
    """
    letters = whole(random, 20, 60)
    serial, gap = _serial(text, fonts.choose(text, random, ordinary=0.75).at(letters), random)
    band = round(letters * between(random, 0.4, 0.6)) if happens(random, 0.25) else 0
    margin = round(letters * between(random, 0.15, 0.5))
    tall = happens(random, 0.55)
    high = round(letters * (between(random, 1.7, 2.5) if tall else between(random, 1.2, 1.6)))
    wide = serial.width + 2 * margin + band
    if tall:
        wide = max(wide, round(high * between(random, 1.6, 2.1)))
    design = _Design((wide, high), letters, band, draw_palette(random, 0.25))
    plate = _ground(design, random)
    left = band + (wide - band - serial.width) // 2
    top = (high - serial.height) // 2
    if tall:
        top += round(letters * between(random, -0.1, 0.15))
        _words(plate, (top - 1, top + serial.height + 1), design, fonts.plain("A"), random)
    _paste_serial(plate, serial, (left, top), design.palette, random)
    if gap is not None and happens(random, 0.45):
        x, reach = left + (gap[0] + gap[1]) / 2, 0.28 * (gap[1] - gap[0])
        _emblem(ImageDraw.Draw(plate), (x, top + serial.height / 2), reach, design, random)
    _fittings(plate, design, random)
    return _framed(plate, design, fonts.plain("A"), random) if happens(random, 0.25) else plate


def _serial(
    text: str, font: ImageFont.FreeTypeFont, random: np.random.Generator
) -> tuple[Image.Image, tuple[float, float] | None]:
    """Return the ink of a serial number, mode L, and the columns of its gap, if it has one."""
    stroke = whole(random, 0, max(1, round(font.size / 22)))
    spaced = between(random, 0.03, 0.2) * font.size
    split = whole(random, 1, len(text) - 1) if len(text) > 2 and happens(random, 0.65) else 0
    room = between(random, 0.25, 0.8) * font.size if split else 0.0
    widths = [font.getlength(character) + 2 * stroke + spaced for character in text]
    ink = Image.new("L", (round(sum(widths) + room) + 4, round(2 * font.size)))
    draw = ImageDraw.Draw(ink)
    x, gap = 2.0 + stroke, None
    for i, (character, width) in enumerate(zip(text, widths, strict=True)):
        if split and i == split:
            gap = (x - spaced, x + room)
            x += room
        draw.text((x, 1.5 * font.size), character, 255, font, anchor="ls", stroke_width=stroke)
        x += width
    box = ink.getbbox() or (0, 0, *ink.size)
    # Letters of plates are often narrow.
    narrow = between(random, 0.65, 1.0) if happens(random, 0.5) else 1.0
    cut = ink.crop(box)
    size = (max(1, round(cut.width * narrow)), cut.height)
    if gap is not None:
        gap = ((gap[0] - box[0]) * narrow, (gap[1] - box[0]) * narrow)
    return cut.resize(size, Image.Resampling.BILINEAR), gap


def _ground(design: _Design, random: np.random.Generator) -> Image.Image:
    palette, (wide, high) = design.palette, design.size
    kind = pick(random, ("flat", "flat", "gradient", "noise", "scene", "scene"))
    if kind != "scene":
        plate = draw_ground(kind, design.size, palette, random)
    else:
        plate = draw_ground("gradient", design.size, palette, random)
        draw = ImageDraw.Draw(plate)
        x, y, radius = (between(random, 0, s) for s in (wide, 0.6 * high, 0.4 * high))
        sun = (x - radius, y - radius, x + radius, y + radius)
        draw.ellipse(sun, fill=palette.another_ground(random, 45))
        for _ in range(whole(random, 1, 3)):
            level, reach = between(random, 0.3, 0.95) * high, between(random, 0.05, 0.3) * high
            phase, turns = between(random, 0, 6), between(random, 2, 9)
            ridge = [
                (wide * i / 20, level + reach * math.sin(phase + turns * i / 20)) for i in range(21)
            ]
            draw.polygon([*ridge, (wide, high), (0, high)], fill=palette.another_ground(random, 45))
        if happens(random, 0.7):
            plate = plate.filter(ImageFilter.BoxBlur(between(random, 0.5, 3)))
    if design.band:
        box = (0, 0, design.band, high)
        plate.paste(colour_of(between(random, 40, 110), random), box)
    return plate


def _words(
    plate: Image.Image,
    free: tuple[int, int],
    design: _Design,
    font: Font,
    random: np.random.Generator,
) -> None:
    """Write small words above and below the rows of the serial number."""
    draw = ImageDraw.Draw(plate)
    wide, high = plate.size
    for rows in ((2, free[0]), (free[1], high - 2)):
        room = rows[1] - rows[0]
        if room < 6 or happens(random, 0.2):
            continue
        words = " ".join(pick(random, _WORDS) for _ in range(whole(random, 1, 3)))
        words = words.upper() if happens(random, 0.6) else words
        pixels = min(room * 0.9, 0.34 * design.letters, 1.4 * wide / len(words))
        place = (between(random, 0.4, 0.6) * wide, (rows[0] + rows[1]) / 2)
        colour = design.palette.another_text(random)
        draw.text(place, words, colour, font.at(max(5, round(pixels))), anchor="mm")


def _paste_serial(
    plate: Image.Image,
    serial: Image.Image,
    place: tuple[int, int],
    palette: Palette,
    random: np.random.Generator,
) -> None:
    if happens(random, 0.4):
        reach = max(1, round(serial.height / between(random, 25, 45)))
        light: Colour = (250, 250, 250) if palette.dark_ground else palette.another_text(random)
        sides = ((-reach, light), (reach, (20, 20, 20)))
        for shift, colour in sides:
            plate.paste(colour, (place[0] + shift, place[1] + shift), serial)
    plate.paste(palette.text, place, serial)


def _emblem(
    draw: ImageDraw.ImageDraw,
    centre: tuple[float, float],
    reach: float,
    design: _Design,
    random: np.random.Generator,
) -> None:
    """Draw a dot, a star, a badge or a polygon between two groups of characters."""
    x, y = centre
    colour = design.palette.another_text(random)
    kind = pick(random, ("dot", "star", "badge", "polygon"))
    if kind == "dot":
        reach = max(1.5, reach / 3)
    if kind in ("dot", "badge"):
        draw.ellipse((x - reach, y - reach, x + reach, y + reach), fill=colour)
        if kind == "badge" and (inner := 0.6 * reach) > 1:
            ground = design.palette.ground
            draw.ellipse((x - inner, y - inner, x + inner, y + inner), outline=ground)
        return
    corners = 5 if kind == "star" else whole(random, 3, 7)
    points = []
    for i in range(2 * corners):
        away = reach * (0.45 if i % 2 and kind == "star" else 1)
        turn = math.pi * i / corners - math.pi / 2
        points.append((x + away * math.cos(turn), y + away * math.sin(turn)))
    draw.polygon(points, fill=colour)


def _fittings(plate: Image.Image, design: _Design, random: np.random.Generator) -> None:
    """Draw the outline, the bolts and the stickers."""
    wide, high = plate.size
    draw = ImageDraw.Draw(plate)
    thick = max(1, design.letters // 18)
    if happens(random, 0.6):
        box = (thick, thick, wide - 1 - thick, high - 1 - thick)
        draw.rounded_rectangle(box, design.letters / 6, outline=design.palette.text, width=thick)
    radius = max(1.5, design.letters / between(random, 11, 18))
    inset = (design.band + 2.5 * radius, 2 * radius)
    corners = [(x, y) for x in (inset[0], wide - 2.5 * radius) for y in (inset[1], high - inset[1])]
    # Where there is no room above the letters, a bolt would stand in them.
    if high > 1.7 * design.letters:
        bolts = pick(random, (corners, corners[::2], corners[::2], []))
        for x, y in bolts:
            fill = colour_of(between(random, 20, 200), random)
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=fill)
        if happens(random, 0.3):
            x, y = pick(random, corners)
            reach = min(0.22 * design.letters, 0.2 * high)
            draw.rectangle(
                (x - reach, y - reach, x + reach, y + 0.6 * reach),
                fill=colour_of(between(random, 60, 220), random),
            )


def _framed(
    plate: Image.Image, design: _Design, font: Font, random: np.random.Generator
) -> Image.Image:
    """Return a plate in a frame, with small words on it."""
    thick = max(2, round(design.letters * between(random, 0.08, 0.3)))
    wide, high = plate.width + 2 * thick, plate.height + 2 * thick
    palette = draw_palette(random, 0.7)
    framed = Image.new("RGB", (wide, high), palette.ground)
    framed.paste(plate, (thick, thick))
    if thick > 7:
        words = " ".join(pick(random, _WORDS) for _ in range(whole(random, 1, 2))).upper()
        rows = pick(random, (thick / 2, high - thick / 2))
        draw = ImageDraw.Draw(framed)
        draw.text((wide / 2, rows), words, palette.text, font.at(round(0.8 * thick)), anchor="mm")
    return framed
