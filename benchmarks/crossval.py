"""Cross-validation over captcha_images_v2: each image is read by a model that never saw it.

The models are those of `folds.py`; nothing about them is selected by their results.

    python benchmarks/crossval.py --folds runs/folds
"""

import argparse

from common import write_result
from folds import FOLDS, SYNTHETIC, add_options, each, load_folds

from captcha_model.evaluation.report import EvaluationReport
from captcha_model.prediction import Prediction
from captcha_model.training.run_config.settings import TrainingSettings


def main() -> None:
    """Read every fold, print the report, write `results/crossval.json`."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_options(parser)
    options = parser.parse_args()
    names: list[str] = []
    labels: list[str] = []
    readings: list[Prediction] = []
    for model, images in each(load_folds(options.folds, options.data)):
        names += images.names
        labels += images.labels
        readings += model.predict_pixels(images.pixels)
    report = EvaluationReport.from_readings(names, labels, readings)
    print(report.to_text())
    figures = {
        "folds": FOLDS,
        "synthetic": SYNTHETIC,
        "settings": TrainingSettings().to_dict(),
        "report": report.to_dict(),
    }
    command = "python benchmarks/crossval.py --folds runs/folds"
    print(f"\nwrote {write_result('crossval', command, figures)}")


if __name__ == "__main__":
    main()
