"""Draws with wheezy.captcha 3.2.2 as its documentation does, in the font of the package captcha."""

import io
import random
import string
from typing import Any

from captcha.image import DEFAULT_FONTS
from drawing import Drawn, Options, main, text_of
from wheezy.captcha.image import (
    background,
    captcha,
    curve,
    noise,
    offset,
    rotate,
    smooth,
    text,
    warp,
)

TEXT_COLOUR, GROUND = "#5C87B2", "#EEEECC"


def prepare(options: Options) -> Any:
    """Return the function that draws."""
    letters = [
        warp(*options.get("warp", (0.27, 0.21))),
        rotate(options.get("angle", 25)),
        offset(),
    ]
    specks = TEXT_COLOUR if options.get("same_colour") else GROUND
    render = captcha(
        drawings=[
            background(),
            text(fonts=DEFAULT_FONTS, drawings=letters, squeeze_factor=options["squeeze"]),
            *(curve() for _ in range(options["curves"])),
            noise(options["noise"], specks),
            smooth(),
        ]
    )

    def draw(chance: random.Random) -> Drawn:
        shown = text_of(chance, string.digits + string.ascii_uppercase, 4)
        file = io.BytesIO()
        render(shown).save(file, "JPEG", quality=75)
        return Drawn(file.getvalue(), shown)

    return draw


main(prepare, "jpg")
