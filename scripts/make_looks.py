"""Makes a picture of 100 images of each family of synthetic looks.

python -m scripts.make_looks
"""

import argparse
from pathlib import Path

from PIL import Image, ImageOps

from captcha_model.data.synthetic.looks.families import ALL_FAMILIES
from captcha_model.data.synthetic.looks.renderer import LookRenderer

SEED = 2026
COLUMNS, ROWS = 10, 10
CELL = (120, 56)
OUT = Path(__file__).parents[1] / "docs" / "images" / "looks"


def main() -> None:
    """Write `FAMILY.png` for each family."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=OUT, help="(default: %(default)s)")
    parser.add_argument("--fonts", type=Path, metavar="FOLDER", help="(default: built-in fonts)")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    for family in ALL_FAMILIES:
        sheet = contact_sheet(LookRenderer(SEED, options.fonts, [family]))
        sheet.save(options.out / f"{family}.png", optimize=True)


def contact_sheet(renderer: LookRenderer) -> Image.Image:
    """Return the first 100 images of a renderer, each scaled down to its cell if it is larger."""
    size = COLUMNS * CELL[0], ROWS * CELL[1]
    sheet = Image.new("RGB", size, "white")
    for index in range(COLUMNS * ROWS):
        image = renderer.draw(index).image
        room = CELL[0] - 4, CELL[1] - 4
        if image.width > room[0] or image.height > room[1]:
            image = ImageOps.contain(image, room, Image.Resampling.LANCZOS)
        row, column = divmod(index, COLUMNS)
        left = column * CELL[0] + (CELL[0] - image.width) // 2
        sheet.paste(image, (left, row * CELL[1] + (CELL[1] - image.height) // 2))
    # Few colours keep the file small.
    return sheet.quantize(96, Image.Quantize.MEDIANCUT)


if __name__ == "__main__":
    main()
