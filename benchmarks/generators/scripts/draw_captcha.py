"""Draws with captcha 0.7.1, whose chance cannot be seeded: it comes from `secrets`."""

import io
import random
import string
from typing import Any

from captcha.image import ImageCaptcha, random_color
from drawing import Drawn, Options, main, text_of
from PIL.ImageFilter import SMOOTH


def prepare(options: Options) -> Any:
    """Return the function that draws; its steps are those of `ImageCaptcha.generate_image`."""
    generator = ImageCaptcha()
    generator.character_rotate = (-options["angle"], options["angle"])
    generator.word_offset_dx = options["overlap"]

    def draw(chance: random.Random) -> Drawn:
        text = text_of(chance, string.digits + string.ascii_letters, 5)
        ground, colour = random_color(238, 255), random_color(10, 200, chance.randint(220, 255))
        image = generator.create_captcha_image(text, colour, ground)
        generator.create_noise_dots(image, colour, number=options["dots"])
        for _ in range(options["curves"]):
            generator.create_noise_curve(image, colour)
        file = io.BytesIO()
        image.filter(SMOOTH).save(file, "PNG")
        return Drawn(file.getvalue(), text)

    return draw


main(prepare)
