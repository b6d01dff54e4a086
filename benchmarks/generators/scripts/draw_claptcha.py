"""Draws with claptcha 0.3.3, in the font that the package captcha brings."""

import random
import string
from typing import Any

from captcha.image import DEFAULT_FONTS
from claptcha import Claptcha
from drawing import Drawn, Options, main, text_of


def prepare(options: Options) -> Any:
    """Return the function that draws."""
    margin = options.get("margin", 20)

    def draw(chance: random.Random) -> Drawn:
        text = text_of(chance, string.ascii_letters, 4, 6)
        generator = Claptcha(
            text,
            DEFAULT_FONTS[0],
            size=tuple(options["size"]),
            margin=(margin, margin),
            noise=options["noise"],
        )
        return Drawn(generator.bytes[1].read(), text)

    return draw


main(prepare)
