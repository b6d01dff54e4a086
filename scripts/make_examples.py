"""Draws the page's examples anew: `python -m scripts.make_examples`."""

from pathlib import Path

from captcha_model.data.datasets.captcha_images_v2 import CHARACTERS
from captcha_model.data.synthetic.synthesis import Synthesizer

COUNT = 6
SEED = 2026
EXAMPLES = Path(__file__).parents[1] / "demo" / "examples"


def main() -> None:
    """Write `examples/1.png` and so on."""
    synthesizer = Synthesizer(CHARACTERS, seed=SEED)
    for index in range(COUNT):
        path = EXAMPLES / f"{index + 1}.png"
        synthesizer.draw(index).image.save(path, optimize=True)


if __name__ == "__main__":
    main()
