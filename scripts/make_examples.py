"""Makes the example images of the demo.

python -m scripts.make_examples
"""

import argparse
from pathlib import Path

from captcha_model.data.datasets.captcha_images_v2 import CHARACTERS
from captcha_model.data.synthetic.synthesis import Synthesizer

SEED = 2026
# The bundled model reads the image 5 correctly, but with less confidence than it accepts.
IMAGES = (0, 1, 2, 3, 4, 6)
EXAMPLES = Path(__file__).parents[1] / "demo" / "examples"


def main() -> None:
    """Write `1.png` and so on."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=EXAMPLES, help="(default: %(default)s)")
    out = parser.parse_args().out
    synthesizer = Synthesizer(CHARACTERS, seed=SEED)
    for number, index in enumerate(IMAGES, start=1):
        synthesizer.draw(index).image.save(out / f"{number}.png", optimize=True)


if __name__ == "__main__":
    main()
