"""Makes the example images of the demo.

python -m scripts.make_examples
"""

import argparse
from pathlib import Path

from captcha_model.data.datasets.captcha_images_v2 import CHARACTERS
from captcha_model.data.synthetic.looks.renderer import LookRenderer
from captcha_model.data.synthetic.synthesis import Synthesizer

SEED = 2026
# The bundled model reads the image 5 correctly, but with less confidence than it accepts.
IMAGES = (0, 1, 2, 3, 4, 6)
# The look and the number of each image for the model "general", which accepts them all.
LOOKS = (
    *(("turned", 1), ("warped", 3), ("inverted", 0)),
    *(("segments", 1), ("drums", 2), ("plates", 3)),
)
DEMO = Path(__file__).parents[1] / "demo"


def main() -> None:
    """Write `examples/1.png` and so on, and `looks/1.png` and so on."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=DEMO, help="(default: %(default)s)")
    out = parser.parse_args().out
    synthesizer = Synthesizer(CHARACTERS, seed=SEED)
    for number, index in enumerate(IMAGES, start=1):
        synthesizer.draw(index).image.save(_path(out / "examples", number), optimize=True)
    for number, (look, index) in enumerate(LOOKS, start=1):
        image = LookRenderer(SEED, families=[look]).draw(index).image
        image.save(_path(out / "looks", number), optimize=True)


def _path(folder: Path, number: int) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{number}.png"


if __name__ == "__main__":
    main()
