"""The image of a model card: synthetic captchas with the model's characters."""

import io

from captcha_model.data.synthetic.kaptcha import HEIGHT, WIDTH
from captcha_model.data.synthetic.synthesis import MAX_LENGTH, Synthesizer, SyntheticCaptcha
from captcha_model.errors import DataError

COLUMNS, ROWS = 3, 2
GAP = 10  # Between two captchas and around them, in pixels.
SEED = 2026


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


def as_png(examples: list[SyntheticCaptcha]) -> bytes:
    """Return one PNG with all of them, row by row."""
    from PIL import Image

    step_x, step_y = WIDTH + GAP, HEIGHT + GAP
    sheet = Image.new("L", (COLUMNS * step_x + GAP, ROWS * step_y + GAP), 255)
    for index, example in enumerate(examples):
        row, column = divmod(index, COLUMNS)
        sheet.paste(example.image, (GAP + column * step_x, GAP + row * step_y))
    buffer = io.BytesIO()
    sheet.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
