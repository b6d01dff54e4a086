"""How long reading takes after warm-up, by either runtime: one image and 64 at once, as PNG files.

In each turn one runtime reads 64 images, one after another or at once, then the other one.

python benchmarks/latency.py
"""

import os
import tempfile
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

from common import measure_in_turns, write_result

from captcha_model.data.datasets.captcha_images_v2 import CHARACTERS
from captcha_model.data.synthetic.synthesis import Synthesizer
from captcha_model.model import CaptchaModel

BATCH = 64


def main() -> None:
    """Measure, print and write `results/latency.json`."""
    models = {name: CaptchaModel.from_pretrained(runtime=name) for name in ("onnx", "keras")}
    synthesizer = Synthesizer(CHARACTERS)
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for i in range(BATCH):
            paths.append(Path(folder) / f"{i}.png")
            synthesizer.draw(i).image.save(paths[-1])
        for model in models.values():
            model.predict(paths)
        one = measure_in_turns(
            {n: lambda m=m: [m.predict(path) for path in paths] for n, m in models.items()}, 50
        )
        many = measure_in_turns({n: lambda m=m: m.predict(paths) for n, m in models.items()}, 50)
    figures = {}
    for name, model in models.items():
        figures[name] = {
            "device": model.device,
            **{
                what: {k: round(v / BATCH, 3) for k, v in times[name].items()}
                for what, times in (("one_image", one), ("batch_per_image", many))
            },
        }
        print(
            f"{model.device}: one image {figures[name]['one_image']['median_ms']:.2f} ms (median), "
            f"{BATCH} at once {figures[name]['batch_per_image']['median_ms']:.2f} ms an image"
        )
    document = {"batch": BATCH, "runtimes": figures}
    print(f"wrote {write_result('latency', 'python benchmarks/latency.py', document)}")


if __name__ == "__main__":
    main()
