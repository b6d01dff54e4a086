"""Evaluates the bundled model on the validation split of captcha_images_v2, labels as published.

python benchmarks/validation.py
"""

import argparse

from common import write_result

from captcha_model.data.datasets.captcha_images_v2 import NAME
from captcha_model.data.loading import load_images
from captcha_model.data.sources import find_samples
from captcha_model.data.splits import part_of
from captcha_model.evaluation.report import evaluate
from captcha_model.model import CaptchaModel


def main() -> None:
    """Evaluate, print and write `results/validation.json`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default=NAME, help="(default: %(default)s)")
    options = parser.parse_args()
    samples = [s for s in find_samples(options.data) if part_of(s.label) == "validation"]
    model = CaptchaModel.from_pretrained()
    images, _ = load_images(samples, model.config)
    report = evaluate(images.names, images.labels, model.predict_pixels(images.pixels))
    print(report.to_text())
    command = "python benchmarks/validation.py"
    print(f"wrote {write_result('validation', command, {'report': report.to_dict()})}")


if __name__ == "__main__":
    main()
