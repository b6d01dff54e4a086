"""Out-of-distribution images: images that are no captchas and that a model should reject.

There are sixteen kinds, from blank sheets to captchas of other styles. They are drawn by code, or
cut from images that matplotlib and gradio ship. Nearly half of them are 200x50 pixels, so that the
size alone does not tell them from captcha_images_v2. The same seed gives the same images as long as
those packages ship the same fonts and images.
"""

from collections.abc import Callable

import numpy as np
from PIL import Image

from captcha_model.data.synthetic.ood import patterns, texts

KINDS: dict[str, Callable[[np.random.Generator], Image.Image]] = {
    "blank": patterns.blank,
    "gradient": patterns.gradient,
    "white noise": patterns.white_noise,
    "fractal noise": patterns.fractal_noise,
    "stripes": patterns.stripes,
    "shapes": patterns.shapes,
    "scribble": patterns.scribble,
    "icon": patterns.icon,
    "photograph": patterns.photograph,
    "words": texts.words,
    "light on dark": texts.light_on_dark,
    "ticket": texts.ticket,
    "other captcha": texts.other_captcha,
    "screen": texts.screen,
    "bar code": texts.bar_code,
    "square code": texts.square_code,
}


def out_of_distribution(per_kind: int = 40, seed: int = 0) -> dict[str, list[Image.Image]]:
    """Draw images of every kind.

    Args:
        per_kind: the number of images of each kind; image i does not depend on it.
        seed: an integer >= 0.

    Returns:
        `per_kind` images of mode L or RGB for each of `KINDS`.

    Raises:
        DependencyError: matplotlib, which ships the fonts, is not installed.

    Example:
        >>> images = out_of_distribution(per_kind=2)
        >>> images["ticket"][0].size
        (180, 70)
    """
    return {
        name: [draw(np.random.default_rng([seed, kind, i])) for i in range(per_kind)]
        for kind, (name, draw) in enumerate(KINDS.items())
    }
