"""Ten-fold cross-validation over captcha_images_v2: each image is read by one that never saw it.

Every fold is trained with the default settings for a fixed number of epochs, and its last weights
read the fold that was left out: nothing is chosen by what they give. The training takes long; it
keeps the out-of-fold logits in a file; where that exists, only the reading is done again.

    python benchmarks/crossval.py --synthetic 400
"""

import argparse
import hashlib
import tempfile
import time
from pathlib import Path

import numpy as np
from common import write_result

from captcha_model.backend import load_keras
from captcha_model.confidence import read
from captcha_model.config import CaptchaConfig
from captcha_model.data.captcha_images_v2 import NAME
from captcha_model.data.drawn import draw_like
from captcha_model.data.loading import find_vocabulary, load_images
from captcha_model.data.samples import LabelledImages
from captcha_model.data.sources import find_samples
from captcha_model.evaluation import evaluate
from captcha_model.networks import time_steps
from captcha_model.training.settings import TrainingSettings

FOLDS = 10


def fold_of(label: str) -> int:
    """Return a fold, 0 to 9, from other bytes of the hash than the split uses."""
    return int.from_bytes(hashlib.sha256(label.encode()).digest()[8:16], "big") % FOLDS


def out_of_fold_logits(
    images: LabelledImages, config: CaptchaConfig, settings: TrainingSettings, synthetic: int
) -> np.typing.NDArray[np.float32]:
    """Train a network for every fold, and return its logits for that fold: (N, T, classes)."""
    load_keras()
    from captcha_model.training.fit import train

    drawn = draw_like(images.labels, synthetic, config, settings.seed) if synthetic else None
    folds = np.array([fold_of(label) for label in images.labels])
    logits = np.empty((len(images), time_steps(config), config.vocabulary.classes), np.float32)
    start = time.perf_counter()
    for fold in range(FOLDS):
        held_out = images.select(np.flatnonzero(folds == fold).tolist())
        rest = images.select(np.flatnonzero(folds != fold).tolist())
        model = train(config, rest.joined(drawn) if drawn else rest, held_out, settings).model
        logits[folds == fold] = model.logits(held_out.pixels)
        print(f"fold {fold} of {FOLDS} after {time.perf_counter() - start:.0f} s", flush=True)
    return logits


def main() -> None:
    """Train and read every fold, print the wrong ones, write `results/crossval.json`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default=NAME)
    parser.add_argument("--epochs", type=int, default=TrainingSettings().epochs)
    parser.add_argument("--synthetic", type=int, default=0, help="drawn captchas to train on too")
    parser.add_argument("--logits", type=Path, help="where the out-of-fold logits are kept (.npz)")
    options = parser.parse_args()

    samples = find_samples(options.data)
    config = CaptchaConfig(find_vocabulary(samples).characters)
    images, _ = load_images(samples, config)
    settings = TrainingSettings(epochs=options.epochs, patience=options.epochs, keep="last")
    path = options.logits or Path(tempfile.mkdtemp()) / "logits.npz"
    if not path.exists():
        logits = out_of_fold_logits(images, config, settings, options.synthetic)
        np.savez(path, logits=logits, labels=np.array(images.labels))
    with np.load(path) as stored:
        if tuple(stored["labels"]) != images.labels:
            parser.error(f"{path} holds the logits of other images")
        logits = stored["logits"]
    readings = [
        read(row, config.characters, width=config.width, height=config.height) for row in logits
    ]
    report = evaluate(images.names, images.labels, readings)
    print(report.to_text())
    figures = {
        "folds": FOLDS,
        "synthetic": options.synthetic,
        "settings": settings.to_dict(),
        "report": report.to_dict(),
    }
    command = f"python benchmarks/crossval.py --synthetic {options.synthetic}"
    print(f"\nwrote {write_result('crossval', command, figures)}")


if __name__ == "__main__":
    main()
