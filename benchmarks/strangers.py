"""Images that are not captchas of the kind that a model knows; none of them should be accepted.

They are drawn by code, or cut from pictures that matplotlib and gradio ship, in sixteen kinds from
blank sheets to captchas of other styles. Nearly half have the sides 200 and 50, so that the shape
of captcha_images_v2 alone does not tell them from its images. The same seed gives the same images
as long as those packages ship the same fonts and pictures.

    python benchmarks/strangers.py --out strangers.png
"""

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
import stranger_patterns as patterns
import stranger_texts as texts
from PIL import Image, ImageDraw

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
CELL = (150, 60)


def strangers(count_per_kind: int = 40, seed: int = 0) -> dict[str, list[Image.Image]]:
    """Return images of mode L or RGB by their kind.

    Args:
        count_per_kind: how many of each; image i is the same whatever the count is.
        seed: any whole number from 0.
    """
    return {
        name: [draw(np.random.default_rng([seed, kind, i])) for i in range(count_per_kind)]
        for kind, (name, draw) in enumerate(KINDS.items())
    }


def contact_sheet(images: dict[str, list[Image.Image]], most: int = 10) -> Image.Image:
    """Return the first images of every kind, a row each, none larger than it is."""
    width, height = CELL
    sheet = Image.new("RGB", ((most + 1) * width, len(images) * height), (225, 205, 170))
    for row, (name, drawn) in enumerate(images.items()):
        y = row * height
        ImageDraw.Draw(sheet).text((6, y + height // 2), name, "black", anchor="lm", font_size=15)
        for column, image in enumerate(drawn[:most], start=1):
            small = image.copy()
            small.thumbnail((width - 6, height - 6))
            sheet.paste(small, (column * width, y + 3))
    return sheet


def main() -> None:
    """Draw the contact sheet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="the PNG to write")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    images = strangers(10, options.seed)
    contact_sheet(images).save(options.out)
    print(f"wrote {options.out}: ten images of each of {len(images)} kinds")


if __name__ == "__main__":
    main()
