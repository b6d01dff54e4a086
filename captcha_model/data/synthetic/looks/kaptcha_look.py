"""The look of captcha_images_v2 in any font."""

import numpy as np
from PIL import Image

from captcha_model.data.synthetic.looks.fonts import FontBook
from captcha_model.data.synthetic.synthesis import Synthesizer


def draw_kaptcha(text: str, fonts: FontBook, random: np.random.Generator) -> Image.Image:
    """Draw a text as `Synthesizer` does, mode RGB, with any of the fonts."""
    # Its letters are bold and distorted: others could not be read.
    font = fonts.choose(text, random, ordinary=1.0)
    # It looks for every character in the font, so it is given only those that it needs.
    synthesizer = Synthesizer("".join(sorted(set(text))), font=font.path)
    return synthesizer.draw_text(text, random).image.convert("RGB")
