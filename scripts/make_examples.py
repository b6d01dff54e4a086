"""Makes the example images of the demo.

python -m scripts.make_examples
"""

import argparse
from pathlib import Path

from captcha_model.data.datasets.captcha_images_v2 import CHARACTERS
from captcha_model.data.synthetic.synthesis import Synthesizer

COUNT = 6
SEED = 2026
EXAMPLES = Path(__file__).parents[1] / "demo" / "examples"


def main() -> None:
    """Write `1.png` and so on."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=EXAMPLES, help="(default: %(default)s)")
    out = parser.parse_args().out
    synthesizer = Synthesizer(CHARACTERS, seed=SEED)
    for index in range(COUNT):
        synthesizer.draw(index).image.save(out / f"{index + 1}.png", optimize=True)


if __name__ == "__main__":
    main()
