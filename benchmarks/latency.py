"""How long reading takes after warm-up, by either runtime: one image and 64 at once, as PNG files.

python benchmarks/latency.py
"""

import os
import tempfile
from itertools import cycle
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

from common import measure, write_result

from captcha_model.data.captcha_images_v2 import CHARACTERS
from captcha_model.data.synthesis import Synthesizer
from captcha_model.model import CaptchaModel

BATCH = 64


def main() -> None:
    """Measure, print and write `results/latency.json`."""
    models = {name: CaptchaModel.from_pretrained(runtime=name) for name in ("onnx", "keras")}
    synthesizer = Synthesizer(CHARACTERS)
    figures: dict[str, Any] = {name: {"device": m.device} for name, m in models.items()}
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for i in range(BATCH):
            paths.append(Path(folder) / f"{i}.png")
            synthesizer.draw(i).image.save(paths[-1])
        for name, model in models.items():
            model.predict(paths)
            places = cycle(paths)
            one = measure(lambda model=model, places=places: model.predict(next(places)), 500)
            many = measure(lambda model=model: model.predict(list(paths)), 50)
            figures[name]["one_image"] = one
            figures[name]["batch_per_image"] = {k: round(v / BATCH, 3) for k, v in many.items()}
            print(
                f"{model.device}: one image {one['median_ms']:.2f} ms (median), "
                f"{BATCH} at once {many['median_ms'] / BATCH:.2f} ms an image"
            )
    document = {"batch": BATCH, "runtimes": figures}
    print(f"wrote {write_result('latency', 'python benchmarks/latency.py', document)}")


if __name__ == "__main__":
    main()
