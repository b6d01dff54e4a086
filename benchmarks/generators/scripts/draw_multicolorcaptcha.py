"""Draws with multicolorcaptcha 1.2.0, in the fonts that it brings."""

import io
import random
from typing import Any

from drawing import Drawn, Options, main
from multicolorcaptcha import CaptchaGenerator


def prepare(options: Options) -> Any:
    """Return the function that draws."""
    generator = CaptchaGenerator()

    def draw(_: random.Random) -> Drawn:
        captcha = generator.gen_captcha_image(**options)
        stored = io.BytesIO()
        captcha.image.save(stored, "PNG")
        return Drawn(stored.getvalue(), captcha.characters)

    return draw


main(prepare)
