"""Draws with django-simple-captcha 0.7.0, by the function behind its view, without a data base."""

import random
import string
from types import SimpleNamespace
from typing import Any

import django
from django.conf import settings
from drawing import Drawn, Options, main, text_of

NOISE = ("captcha.helpers.noise_arcs", "captcha.helpers.noise_dots")


def prepare(options: Options) -> Any:
    """Return the function that draws."""
    changed: dict[str, Any] = {}
    if options:
        angle = options["angle"]
        changed = {
            "CAPTCHA_LETTER_ROTATION": (-angle, angle),
            "CAPTCHA_NOISE_FUNCTIONS": NOISE * options["times"],
        }
    settings.configure(INSTALLED_APPS=["captcha"], ROOT_URLCONF="captcha.urls", **changed)
    django.setup()
    from captcha.views import _captcha_image

    def draw(chance: random.Random) -> Drawn:
        text = text_of(chance, string.ascii_uppercase, 4)
        return Drawn(_captcha_image(SimpleNamespace(challenge=text), 1).content, text)

    return draw


main(prepare)
