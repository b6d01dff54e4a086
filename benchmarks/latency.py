"""How long reading takes after warm-up: one image, and 64 at once, from PNG files on disk.

python benchmarks/latency.py
"""

import os
import tempfile
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

from common import measure, write_result

from captcha_model.data.captcha_images_v2 import CHARACTERS
from captcha_model.data.synthesis import Synthesizer
from captcha_model.model import CaptchaModel

BATCH = 64


def main() -> None:
    """Measure, print and write `results/latency.json`."""
    model = CaptchaModel.from_pretrained()
    model.warm_up()
    synthesizer = Synthesizer(CHARACTERS)
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for i in range(BATCH):
            paths.append(Path(folder) / f"{i}.png")
            synthesizer.draw(i).image.save(paths[-1])
        model.predict(paths)
        places = iter(range(10**6))
        one = measure(lambda: model.predict(paths[next(places) % BATCH]), 500)
        many = measure(lambda: model.predict(list(paths)), 50)
    print(f"one image       median {one['median_ms']:.2f} ms")
    print(f"{BATCH} images       median {many['median_ms'] / BATCH:.2f} ms an image")
    figures = {
        "device": model.device,
        "one_image": one,
        "batch": BATCH,
        "batch_per_image": {k: round(v / BATCH, 3) for k, v in many.items()},
    }
    print(f"wrote {write_result('latency', 'python benchmarks/latency.py', figures)}")


if __name__ == "__main__":
    main()
