"""Draws with easy-captcha-python 1.0.0, in the fonts that it brings."""

import io
import random
from typing import Any

from drawing import Drawn, Options, main
from easy_captcha.captcha.spec_captcha import SpecCaptcha


def prepare(options: Options) -> Any:
    """Return the function that draws."""

    def draw(_: random.Random) -> Drawn:
        captcha = SpecCaptcha()
        captcha.set_font(options["font"])
        text = captcha.text()
        stored = io.BytesIO()
        if not captcha.out(stored):
            raise RuntimeError("easy-captcha-python drew nothing")
        return Drawn(stored.getvalue(), text)

    return draw


main(prepare)
