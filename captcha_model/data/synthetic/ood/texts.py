"""Kinds of images with text or codes: print, tickets, other captchas, screens, bar codes.

Each function draws one image from a random generator. The fonts are those that matplotlib ships.
"""

import functools
import importlib.util
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from captcha_model.data.synthetic.ood._canvas import (
    Colour,
    Random,
    random_colour,
    resized,
    sheet,
    to_image,
)
from captcha_model.errors import DependencyError

FONTS = ("DejaVuSans", "DejaVuSans-Bold", "DejaVuSerif", "DejaVuSansMono", "STIXGeneral", "cmr10")
WORDS = (
    "the total of your order is paid in full please sign here and return one copy to us before "
    "noon gate closes open daily from nine to five no smoking beyond this point thank you for "
    "travelling with us invoice number date amount due street city phone mail keep dry handle "
    "with care this side up warning high voltage exit menu coffee tea bread butter milk sugar"
)
# Most of these characters are not in captcha_images_v2.
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZahijkqrtbdefgn0192345678"


def words(random: Random) -> Image.Image:
    """Dark print on light paper: one line, or small lines that fill the sheet."""
    image = sheet(random, light=True)
    _print(image, random, random_colour(random, light=False))
    return image


def light_on_dark(random: Random) -> Image.Image:
    """Light print on dark paper."""
    image = sheet(random, light=False)
    _print(image, random, random_colour(random, light=True))
    return image


def ticket(random: Random) -> Image.Image:
    """A number, like on tickets, meters and price tags."""
    digits = "".join(random.choice(list("0123456789"), random.integers(3, 13)))
    style = random.integers(4)
    texts = (digits, f"No. {digits}", f"{digits[:-2]}.{digits[-2:]}", f"{digits[:2]}-{digits[2:]}")
    light = bool(random.random() < 0.75)
    image = sheet(random, light=light)
    if random.random() < 0.4:
        edges = (2, 2, image.width - 3, image.height - 3)
        ImageDraw.Draw(image).rectangle(edges, outline=random_colour(random))
    _write(image, texts[style], random, random_colour(random, light=not light))
    return image


def other_captcha(random: Random) -> Image.Image:
    """A captcha of another style: rotated letters of several colours, with dots and lines."""
    light = bool(random.random() < 0.7)
    image = sheet(random, light=light)
    count = int(random.integers(3, 9))
    step = image.width / (count + 1)
    for i in range(count):
        side = max(8, int(min(1.7 * step, random.uniform(0.5, 0.9) * image.height)))
        mask = Image.new("L", (2 * side, 2 * side))
        letter = LETTERS[random.integers(len(LETTERS))]
        ImageDraw.Draw(mask).text((side, side), letter, 255, _font(random, side), "mm")
        mask = mask.rotate(random.uniform(-45, 45), Image.Resampling.BILINEAR)
        at = (round((i + 1) * step - side), round(image.height * random.uniform(0.4, 0.6) - side))
        image.paste(random_colour(random, light=not light), at, mask)
    draw = ImageDraw.Draw(image)
    for _ in range(random.integers(0, 8)):
        ends = (random.random((2, 2)) * image.size).ravel().tolist()
        draw.line(ends, random_colour(random), int(random.integers(1, 3)))
    for x, y in (random.random((random.integers(0, 300), 2)) * image.size).tolist():
        draw.point((x, y), random_colour(random))
    return image


def screen(random: Random) -> Image.Image:
    """A crop of a window: a title bar, buttons and lines of small print."""
    light = bool(random.random() < 0.7)
    image = sheet(random, light=light)
    draw, (width, height) = ImageDraw.Draw(image), image.size
    draw.rectangle((0, 0, width, height * random.uniform(0.08, 0.3)), random_colour(random))
    ink, size = random_colour(random, light=not light), max(6, int(random.integers(7, 13)))
    y = height * 0.3
    while y < height - size:
        x = random.uniform(2, width / 4)
        if random.random() < 0.3:
            box = (x, y, x + width * random.uniform(0.2, 0.6), min(height - 1, y + 2 * size))
            draw.rounded_rectangle(box, 3, fill=random_colour(random), outline=ink)
        else:
            draw.text((x, y), _sentence(random, 6), ink, _font(random, size))
        y += size * random.uniform(1.2, 2.4)
    return image


def bar_code(random: Random) -> Image.Image:
    """Vertical bars of several widths, usually with digits below."""
    runs = random.integers(1, 5, 70)
    bars = np.repeat(np.arange(70) % 2 * 255, runs)[None, :, None]
    code = to_image(np.repeat(bars, 40, axis=0))
    paper = Image.new("L", (code.width + 20, 60), 255)
    paper.paste(code, (10, 5))
    if random.random() < 0.6:
        digits = " ".join(random.choice(list("0123456789"), 13))
        ImageDraw.Draw(paper).text((paper.width / 2, 52), digits, 0, _font(random, 10), "mm")
    return resized(paper, random)


def square_code(random: Random) -> Image.Image:
    """Random black and white modules with three finder patterns, like a QR code."""
    side = int(random.choice([21, 25, 29, 33]))
    modules = random.integers(0, 2, (side, side)) * 255
    corner = np.zeros((8, 8), int)
    corner[7], corner[:, 7], corner[1:6, 1:6], corner[2:5, 2:5] = 255, 255, 255, 0
    modules[:8, :8], modules[:8, -8:], modules[-8:, :8] = corner, corner[:, ::-1], corner[::-1]
    code = to_image(np.pad(modules, 2, constant_values=255)[..., None])
    code = code.resize((4 * code.width, 4 * code.height), Image.Resampling.NEAREST)
    if random.random() < 0.5:
        top = int(random.integers(code.height * 3 // 4))
        code = code.crop((0, top, code.width, top + code.height // 4))
    return resized(code, random)


def _print(image: Image.Image, random: Random, ink: Colour) -> None:
    """Print one line as large as fits, or several small lines."""
    if random.random() < 0.6:
        _write(image, _sentence(random, 3), random, ink)
        return
    size = int(random.integers(8, 18))
    font = _font(random, size)
    for y in range(2, max(3, image.height - size), round(size * 1.3)):
        ImageDraw.Draw(image).text((3, y), _sentence(random, 12), ink, font)


def _write(image: Image.Image, text: str, random: Random, ink: Colour) -> None:
    """Write a centred text, at 50 to 90 % of the size that fits."""
    font = _font(random, 40)
    left, top, right, bottom = font.getbbox(text)
    fit = min(image.width / max(1, right - left), image.height / max(1, bottom - top))
    font = font.font_variant(size=max(6, 40 * fit * random.uniform(0.5, 0.9)))
    middle = (image.width / 2, image.height / 2)
    ImageDraw.Draw(image).text(middle, text, ink, font, "mm")


def _sentence(random: Random, max_words: int) -> str:
    """Return 1 to `max_words` words in lower case, in upper case, or capitalized."""
    text = " ".join(random.choice(WORDS.split(), random.integers(1, max_words + 1)))
    return (text, text.upper(), text.capitalize())[random.integers(3)]


def _font(random: Random, size: int) -> ImageFont.FreeTypeFont:
    return _load_font(FONTS[random.integers(len(FONTS))]).font_variant(size=size)


@functools.cache
def _load_font(name: str) -> ImageFont.FreeTypeFont:
    """Return a font that matplotlib ships; matplotlib itself is not imported."""
    spec = importlib.util.find_spec("matplotlib")
    if not (spec and spec.origin):
        raise DependencyError.missing("matplotlib", "train", "Drawing out-of-distribution texts")
    folder = Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf"
    return ImageFont.truetype(folder / f"{name}.ttf", 20)
