"""Ten-fold cross-validation over captcha_images_v2: each image is read by one that never saw it.

Every fold is trained with the default settings for a fixed number of epochs, and its last weights
read the fold that was left out: nothing is chosen by what they give.

    python benchmarks/crossval.py
"""

import argparse
import hashlib
import time

from common import write_result

from captcha_model.backend import load_keras
from captcha_model.config import CaptchaConfig
from captcha_model.data.captcha_images_v2 import NAME
from captcha_model.data.drawn import draw_like
from captcha_model.data.loading import find_vocabulary, load_images
from captcha_model.data.sources import find_samples
from captcha_model.evaluation import evaluate
from captcha_model.prediction import Prediction
from captcha_model.training.settings import TrainingSettings

FOLDS = 10


def fold_of(label: str) -> int:
    """Return a fold, 0 to 9, from other bytes of the hash than the split uses."""
    return int.from_bytes(hashlib.sha256(label.encode()).digest()[8:16], "big") % FOLDS


def main() -> None:
    """Train and read every fold, print the wrong ones, write `results/crossval.json`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default=NAME)
    parser.add_argument("--epochs", type=int, default=TrainingSettings().epochs)
    parser.add_argument("--synthetic", type=int, default=0, help="drawn captchas to train on too")
    parser.add_argument("--folds", type=int, default=FOLDS, help="how many of the folds to run")
    options = parser.parse_args()

    load_keras()
    from captcha_model.training.fit import train

    samples = find_samples(options.data)
    config = CaptchaConfig(find_vocabulary(samples).characters)
    images, _ = load_images(samples, config)
    drawn = draw_like(images.labels, options.synthetic, config, 0) if options.synthetic else None
    settings = TrainingSettings(epochs=options.epochs, patience=options.epochs, keep="last")
    folds = [fold_of(label) for label in images.labels]
    names: list[str] = []
    labels: list[str] = []
    readings: list[Prediction] = []
    start = time.perf_counter()
    for fold in range(options.folds):
        held_out = images.select([i for i, f in enumerate(folds) if f == fold])
        rest = images.select([i for i, f in enumerate(folds) if f != fold])
        if drawn:
            rest = rest.joined(drawn)
        model = train(config, rest, held_out, settings).model
        found = model.predict_pixels(held_out.pixels)
        names += held_out.names
        labels += held_out.labels
        readings += found
        wrong = [(a, r.text) for a, r in zip(held_out.labels, found, strict=True) if a != r.text]
        print(
            f"fold {fold}: {len(wrong)} of {len(found)} wrong {wrong or ''} "
            f"({time.perf_counter() - start:.0f} s)",
            flush=True,
        )
    report = evaluate(names, labels, readings)
    print(report.to_text())
    command = f"python benchmarks/crossval.py --synthetic {options.synthetic}"
    figures = {
        "folds": options.folds,
        "synthetic": options.synthetic,
        "settings": settings.to_dict(),
        "seconds": round(time.perf_counter() - start),
        "report": report.to_dict(),
    }
    print(f"\nwrote {write_result('crossval', command, figures)}")


if __name__ == "__main__":
    main()
