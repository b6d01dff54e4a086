"""Measures reading after warm-up with both runtimes: one image, and 64 images in a list, as PNG.

In each turn one runtime reads the 64 images, one by one or as a list, and then the other does.

    python benchmarks/latency.py
"""

import argparse
import os
import tempfile
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

from common import measure_in_turns, write_result
from image_files import synthetic_captchas

from captcha_model.model import CaptchaModel

BATCH = 64


def main() -> None:
    """Measure, print and write `results/latency.json`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=50, help="of each (default: 50)")
    runs = parser.parse_args().runs
    models = {name: CaptchaModel.from_pretrained(runtime=name) for name in ("onnx", "keras")}
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{i}.png" for i in range(BATCH)]
        for path, image in zip(paths, synthetic_captchas(BATCH), strict=True):
            image.save(path)
        for model in models.values():
            model.predict(paths)
        one = measure_in_turns(
            {n: lambda m=m: [m.predict(path) for path in paths] for n, m in models.items()}, runs
        )
        many = measure_in_turns({n: lambda m=m: m.predict(paths) for n, m in models.items()}, runs)
    found = {}
    for name, model in models.items():
        found[name] = {
            "device": model.device,
            **{
                what: {k: round(v / BATCH, 3) for k, v in times[name].items()}
                for what, times in (("one_image", one), ("batch_per_image", many))
            },
        }
        print(
            f"{model.device}: one image {found[name]['one_image']['median_ms']:.2f} ms (median), "
            f"{BATCH} in a list {found[name]['batch_per_image']['median_ms']:.2f} ms per image"
        )
    results = {"batch": BATCH, "runtimes": found}
    print(f"wrote {write_result('latency', 'python benchmarks/latency.py', results)}")


if __name__ == "__main__":
    main()
