"""The image of a model card: a few images such as the model reads."""

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

from captcha_model.data.synthetic.kaptcha import HEIGHT, WIDTH
from captcha_model.data.synthetic.looks.renderer import LookRenderer, SyntheticLook
from captcha_model.data.synthetic.synthesis import MAX_LENGTH, Synthesizer, SyntheticCaptcha
from captcha_model.errors import DataError

if TYPE_CHECKING:
    from PIL import Image

COLUMNS, ROWS = 3, 2
GAP = 10  # Between two captchas and around them, in pixels.
SEED = 2026
LOOKS = ("turned", "plates", "warped", "segments", "dotted", "sums")


def draw_examples(characters: str, lengths: tuple[int, int]) -> list[SyntheticCaptcha]:
    """Draw a few synthetic captchas, always the same ones.

    Args:
        characters: the characters of the texts.
        lengths: the lengths of the shortest and the longest text.

    Returns:
        The captchas; none if no font has the characters.
    """
    low, high = (min(max(length, 1), MAX_LENGTH) for length in lengths)
    try:
        synthesizer = Synthesizer(characters, (low, high), SEED)
    except DataError:
        return []
    return [synthesizer.draw(index) for index in range(COLUMNS * ROWS)]


def draw_looks() -> list[SyntheticLook]:
    """Draw a synthetic image of several looks each, always the same ones."""
    return [LookRenderer(SEED, families=[look]).draw(i) for i, look in enumerate(LOOKS)]


def as_png(images: "Sequence[Image.Image]") -> bytes:
    """Return one PNG with all of them, row by row; those that are too large are reduced."""
    from PIL import Image

    step_x, step_y = WIDTH + GAP, HEIGHT + GAP
    grey = all(image.mode == "L" for image in images)
    sheet = Image.new(
        "L" if grey else "RGB", (COLUMNS * step_x + GAP, ROWS * step_y + GAP), "white"
    )
    for index, image in enumerate(images[: COLUMNS * ROWS]):
        row, column = divmod(index, COLUMNS)
        shown = image.copy()
        shown.thumbnail((WIDTH, HEIGHT))
        sheet.paste(shown, (GAP + column * step_x, GAP + row * step_y))
    buffer = io.BytesIO()
    sheet.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def cut_sheet(sheet: "Image.Image") -> "list[Image.Image]":
    """Return the captchas on a picture of `as_png`; none if another program made it."""
    from PIL import ImageOps

    step_x, step_y = WIDTH + GAP, HEIGHT + GAP
    if sheet.size != (COLUMNS * step_x + GAP, ROWS * step_y + GAP):
        return []
    found = []
    for top in range(GAP, ROWS * step_y, step_y):
        for left in range(GAP, COLUMNS * step_x, step_x):
            cell = sheet.crop((left, top, left + WIDTH, top + HEIGHT))
            # A smaller one has the sheet's white at its right and below.
            shown = ImageOps.invert(cell.convert("L")).getbbox()
            if shown:
                found.append(cell.crop((0, 0, *shown[2:])))
    return found
