"""How many synthetic images a second one core draws, of each family and of all.

python benchmarks/looks.py
"""

import argparse
import time
from pathlib import Path

from common import write_result

from captcha_model.data.synthetic.looks.families import FAMILIES
from captcha_model.data.synthetic.looks.renderer import LookRenderer


def main() -> None:
    """Draw, print and write the rates."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=1000, help="images (default: %(default)s)")
    parser.add_argument("--fonts", type=Path, metavar="FOLDER", help="(default: built-in fonts)")
    options = parser.parse_args()
    rates = {}
    for name, families in [("any", FAMILIES), *((family, [family]) for family in FAMILIES)]:
        renderer = LookRenderer(1, options.fonts, families)
        # The time of this process on a core, which other programs do not change.
        start = time.process_time()
        for index in range(options.count):
            renderer.draw(index)
        rates[name] = round(options.count / (time.process_time() - start))
        print(f"{name:10} {rates[name]:5} images a second", flush=True)
    results = {"images": options.count, "images_per_second_of_a_core": rates}
    print(f"wrote {write_result('looks', 'python benchmarks/looks.py', results)}")


if __name__ == "__main__":
    main()
