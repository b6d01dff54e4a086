"""Measures what exact confidences cost, on one core.

    python benchmarks/confidence.py

The logits are those of the bundled model for synthetic captchas: 50 steps, 20 classes. A reading is
all of `captcha_model.decoding.posterior.predictions`: the search, the confidences of the text and
of every character, the alternatives, the runner-up and the spans, with and without a constraint.
Times are CPU times, because other work on the machine affects the wall time much more.
"""

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ["OMP_NUM_THREADS"] = "1"
os.environ["MKL_NUM_THREADS"] = "1"

import argparse
import time
import tracemalloc
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from common import measure_in_turns, write_result
from image_files import synthetic_captchas

from captcha_model.data.datasets.captcha_images_v2 import CHARACTERS
from captcha_model.decoding.beam_search import beam_search
from captcha_model.decoding.best_path import best_paths, log_softmax
from captcha_model.decoding.constraints import Constraint
from captcha_model.decoding.heads import CTC
from captcha_model.decoding.lattices import ctc
from captcha_model.decoding.posterior import predictions
from captcha_model.model import CaptchaModel
from captcha_model.prediction import Frame
from captcha_model.vocabulary import Vocabulary

IMAGES = (1, 16, 64, 256, 1024)
NOISE_IMAGES = 32
CONSTRAINTS: dict[str, dict[str, Any]] = {
    "none": {},
    "length 5": {"length": 5},
    "length 4 to 6, letters": {"charset": "bcdefgmnpwxy", "length": (4, 6)},
    "pattern": {"pattern": "[b-y2-8]{5}"},
}


def main() -> None:
    """Measure, print and write `results/confidence.json`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=100, help="of 64 images (default: 100)")
    runs = parser.parse_args().runs
    pixels = np.stack([np.asarray(image)[..., None] for image in synthetic_captchas(max(IMAGES))])
    logits = CaptchaModel.from_pretrained(runtime="onnx").logits(pixels)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    log_probabilities = ctc.log_probability(log_softmax(logits), best_paths(logits))
    searched = float(np.mean(log_probabilities <= np.log(0.5)))
    print(f"{searched:.1%} of the images are searched: no text has more than half the probability")
    print(f"{'constraint':24}{'images':>7}{'ms per image':>14}{'quartiles':>18}{'MB':>7}")
    costs: dict[str, dict[str, Any]] = {}
    for name, options in CONSTRAINTS.items():
        constraint = Constraint.parse(Vocabulary(CHARACTERS), **options)
        costs[name] = {}
        for count in IMAGES:
            frames = [Frame(200, 50)] * count
            work = partial(
                predictions, logits[:count], CHARACTERS, frames, CTC, constraint=constraint
            )
            row = measure_per_image(work, count, max(5, min(300, runs * 64 // count)))
            row["peak_megabytes"] = round(peak_megabytes(work), 1)
            costs[name][str(count)] = row
            print(
                f"{name:24}{count:7}{row['median_ms']:14.4f}{row['quartile_1_ms']:9.4f}"
                f"{row['quartile_3_ms']:9.4f}{row['peak_megabytes']:7.1f}"
            )
    noise = np.random.default_rng(0).normal(size=(NOISE_IMAGES, *logits.shape[1:]))
    images = np.exp(log_softmax(noise))
    search = measure_per_image(lambda: [beam_search(i) for i in images], NOISE_IMAGES, 10)
    print(f"beam search in an image of noise: {search['median_ms']:.2f} ms")
    results = {
        "steps": logits.shape[1],
        "classes": logits.shape[2],
        "searched": searched,
        "cpu_per_image": costs,
        "cpu_per_searched_noise": search,
    }
    print(f"wrote {write_result('confidence', 'python benchmarks/confidence.py', results)}")


def measure_per_image(work: Callable[[], object], count: int, runs: int) -> dict[str, float]:
    """Return the median and the quartiles of the CPU time of a call, in milliseconds per image."""
    work()
    found = measure_in_turns({"": work}, runs, time.process_time)[""]
    return {name: round(ms / count, 4) for name, ms in found.items()}


def peak_megabytes(work: Callable[[], object]) -> float:
    """Return the most memory that a call allocates, including its result."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1] / 1e6
    finally:
        tracemalloc.stop()


if __name__ == "__main__":
    main()
