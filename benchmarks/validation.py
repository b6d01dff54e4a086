"""The bundled model on the validation split of captcha_images_v2, with the labels as published.

python benchmarks/validation.py
"""

import argparse

from common import write_result

from captcha_model import CaptchaModel, evaluate
from captcha_model.data.datasets.captcha_images_v2 import NAME


def main() -> None:
    """Evaluate, print and write `results/validation.json`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default=NAME, help="(default: %(default)s)")
    data = parser.parse_args().data
    report = evaluate(CaptchaModel.from_pretrained(), data, split="validation")
    print(report.to_text())
    command = "python benchmarks/validation.py"
    print(f"wrote {write_result('validation', command, {'report': report.to_dict()})}")


if __name__ == "__main__":
    main()
