"""Progressive resizing: whether a training ends sooner that begins with narrower images.

python benchmarks/progressive.py

The weights of `crnn` do not depend on the width, so those of some epochs at half the width can go
on at the whole one; half the time steps are enough for the texts of captcha_images_v2. Each way has
as many epochs, and each part of it a schedule of its own. Nine tenths of the images are learned,
by the recipe `quick`, and the ways take turns. A narrow epoch is counted with all that it took.
"""

import argparse
import os
import statistics

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import dataclasses
import time
from typing import TYPE_CHECKING, Any
from unittest import mock

from common import write_result
from folds import first_fold, load_all

from captcha_model.backend import load_keras
from captcha_model.config import CaptchaConfig
from captcha_model.data.captcha_images_v2 import NAME
from captcha_model.data.loading import load_images
from captcha_model.data.samples import LabelledImages
from captcha_model.data.sources import find_samples
from captcha_model.training.run import Run
from captcha_model.training.settings import TrainingSettings

if TYPE_CHECKING:
    from captcha_model.training.result import TrainingResult

GOAL = 0.98
NARROW = {"all at the whole width": 0, "a quarter at half of it": 4, "a half at half of it": 8}


def main() -> None:
    """Train in turns, print and write `results/progressive.json`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default=NAME)
    parser.add_argument("--seeds", type=int, default=3, help="of every way (default: 3)")
    options = parser.parse_args()
    load_keras()
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in NARROW}
    for seed in range(options.seeds):
        for name, narrow in NARROW.items():
            figures = train_in_parts(options.data, seed, narrow)
            print(f"{name:24} seed {seed}: {figures}", flush=True)
            found[name].append(figures)
    ways = {name: {"seeds": figures, **_middle(figures)} for name, figures in found.items()}
    document = {"goal": GOAL, "recipe": "quick", "ways": ways}
    print(f"wrote {write_result('progressive', 'python benchmarks/progressive.py', document)}")


def train_in_parts(data: str, seed: int, narrow: int) -> dict[str, Any]:
    """Train for some epochs at half the width and for the others at the whole one."""
    from captcha_model.training import fit

    settings = Run.from_mappings({"recipe": "quick"}).training
    settings = dataclasses.replace(settings, seed=seed)
    images, whole = load_all(data)
    compiled = fit.compiled_network
    weights, before = None, 0.0
    if narrow:
        half = dataclasses.replace(whole, width=whole.width // 2)
        first = dataclasses.replace(settings, epochs=narrow, keep="last")
        squeezed, _ = load_images(find_samples(data), half)
        start = time.perf_counter()
        weights = _train(half, squeezed, first).model.network.get_weights()
        before = time.perf_counter() - start

    def going_on(*args: Any) -> Any:
        network = compiled(*args)
        if weights is not None:
            network.set_weights(weights)
        return network

    # The aid is for the first epochs of a network.
    aid = 0.0 if narrow else settings.aid
    rest = dataclasses.replace(settings, epochs=settings.epochs - narrow, aid=aid)
    with mock.patch.object(fit, "compiled_network", going_on):
        history = _train(whole, images, rest).state.history
    good = next((epoch for epoch in history if epoch.val_word_accuracy >= GOAL), None)
    return {
        "narrow_seconds": round(before, 1),
        "seconds": round(before + history[-1].seconds, 1),
        "seconds_to_goal": round(before + good.seconds, 1) if good else None,
        "word_accuracy": round(max(epoch.val_word_accuracy for epoch in history), 4),
    }


def _train(
    config: CaptchaConfig, images: LabelledImages, settings: TrainingSettings
) -> "TrainingResult":
    from captcha_model.training.fit import train

    return train(config, *first_fold(images), settings)


def _middle(figures: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the medians over the seeds; of the time to the goal only where all reached it."""
    reached = [f["seconds_to_goal"] for f in figures if f["seconds_to_goal"] is not None]
    return {
        "seconds": statistics.median(f["seconds"] for f in figures),
        "seconds_to_goal": statistics.median(reached) if len(reached) == len(figures) else None,
        "word_accuracy": statistics.median(f["word_accuracy"] for f in figures),
    }


if __name__ == "__main__":
    main()
