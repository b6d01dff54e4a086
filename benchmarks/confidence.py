"""What exact confidences cost on one core, and how exact they are.

python benchmarks/confidence.py

The logits are those of the bundled model for drawn captchas: 50 steps, 20 classes. A reading is
all of `captcha_model.decoding.posterior.predictions`: the search, the confidences of the text and
of each character, its alternatives, the runner-up and the spans, with and without a constraint. Times are
the processor's and the wall's, because other work on a machine makes only the second much longer.
The exactness is the largest relative difference of a probability to the sum over every path of
tiny lattices, and to the CTC loss of Keras, which reckons in float32.
"""

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ["OMP_NUM_THREADS"] = "1"
os.environ["MKL_NUM_THREADS"] = "1"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import argparse
import itertools
import statistics
import time
import tracemalloc
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import numpy as np
from common import write_result

from captcha_model._utils.keras_backend import load_keras
from captcha_model.data.datasets.captcha_images_v2 import CHARACTERS
from captcha_model.data.synthetic.synthesis import Synthesizer
from captcha_model.decoding.beam_search import beam_search
from captcha_model.decoding.best_path import Floats, Ids, best_paths, log_softmax
from captcha_model.decoding.constraints import Constraint
from captcha_model.decoding.heads import CTC
from captcha_model.decoding.lattices import ctc
from captcha_model.decoding.posterior import predictions
from captcha_model.model import CaptchaModel
from captcha_model.prediction import Frame
from captcha_model.vocabulary import Vocabulary

IMAGES = (1, 16, 64, 256, 1024)
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
    logits = logits_of(max(IMAGES))
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    texts = best_paths(logits)
    chances = ctc.log_probability(log_softmax(logits), texts)
    figures: dict[str, Any] = {
        "steps": logits.shape[1],
        "classes": logits.shape[2],
        "searched": float(np.mean(chances <= np.log(0.5))),
        "milliseconds_per_image": {},
    }
    print(f"{figures['searched']:.1%} of the images are searched: no text has more than half")
    print(
        f"{'constraint':24}{'images':>7}{'CPU ms/image':>14}{'quartiles':>18}{'wall':>9}{'MB':>7}"
    )
    for constraint, asked in CONSTRAINTS.items():
        parsed = Constraint.parse(Vocabulary(CHARACTERS), **asked)
        rows = figures["milliseconds_per_image"][constraint] = {}
        for count in IMAGES:
            work = reading(logits[:count], parsed)
            row = measure(work, count, max(5, min(300, runs * 64 // count)))
            rows[str(count)] = row | {"peak_megabytes": round(peak_megabytes(work), 1)}
            cpu = row["cpu"]
            print(
                f"{constraint:24}{count:7}{cpu['median']:14.4f}"
                f"{cpu['quartile_1']:9.4f}{cpu['quartile_3']:9.4f}"
                f"{row['wall']['median']:9.4f}{rows[str(count)]['peak_megabytes']:7.1f}"
            )
    figures["milliseconds_per_searched_noise"] = searched = searching(logits.shape[1:])
    print(f"searching an image of noise: {searched['cpu']['median']:.2f} ms of CPU")
    figures["largest_relative_difference"] = differences = {
        "every_path_of_tiny_lattices": to_every_path(),
        "keras_ctc_loss": to_keras(logits[:64], texts[:64]),
    }
    for name, difference in differences.items():
        print(f"largest relative difference, {name.replace('_', ' ')}: {difference:.1e}")
    print(f"wrote {write_result('confidence', 'python benchmarks/confidence.py', figures)}")


def logits_of(count: int) -> np.ndarray:
    """Return what the bundled model gives for drawn captchas."""
    synthesizer = Synthesizer(CHARACTERS)
    images = [np.asarray(synthesizer.draw(i).image)[..., None] for i in range(count)]
    return CaptchaModel.from_pretrained(runtime="onnx").logits(np.stack(images))


def reading(logits: np.ndarray, constraint: Constraint | None) -> Callable[[], object]:
    """Return a call that reads some images."""
    frames = [Frame(200, 50)] * len(logits)
    return lambda: predictions(logits, CHARACTERS, frames, CTC, constraint=constraint)


def searching(shape: tuple[int, ...], count: int = 32) -> dict[str, dict[str, float]]:
    """Return what the search costs where a network would know nothing."""
    noise = np.random.default_rng(0).normal(size=(count, *shape))
    images = np.exp(log_softmax(noise))
    return measure(lambda: [beam_search(image) for image in images], count, 10)


def measure(work: Callable[[], object], count: int, runs: int) -> dict[str, dict[str, float]]:
    """Return the median and the quartiles of the times of a call, in milliseconds an image."""
    clocks = {"cpu": time.process_time, "wall": time.perf_counter}
    times: dict[str, list[float]] = {clock: [] for clock in clocks}
    work()
    for _ in range(runs):
        before = {clock: now() for clock, now in clocks.items()}
        work()
        for clock, now in clocks.items():
            times[clock].append(1000 * (now() - before[clock]) / count)
    found = {}
    for clock, measured in times.items():
        low, median, high = statistics.quantiles(measured, n=4)
        found[clock] = {
            "median": round(median, 4),
            "quartile_1": round(low, 4),
            "quartile_3": round(high, 4),
            "least": round(min(measured), 4),
        }
    return found


def peak_megabytes(work: Callable[[], object]) -> float:
    """Return how much memory a call takes at most, with what it returns."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1] / 1e6
    finally:
        tracemalloc.stop()


def to_every_path(lattices: int = 300) -> float:
    """Compare the probabilities of texts and of all their neighbours with sums over all paths."""
    rng = np.random.default_rng(0)
    worst = 0.0
    for _ in range(lattices):
        steps, classes = int(rng.integers(1, 7)), int(rng.integers(2, 5))
        log_probabilities = log_softmax(rng.normal(0, 3, (1, steps, classes)))
        sums = every_text(log_probabilities[0])
        text = list(sums)[rng.integers(len(sums))]
        found = ctc.neighbours(log_probabilities, [text])
        kept = [(text[:k], text[k + 1 :]) for k in range(len(text))]
        gaps = [(text[:k], text[k:]) for k in range(len(text) + 1)]
        pairs = [(found.text[0], sums[text])]
        pairs += [(found.deletions[0, k], sums[a + b]) for k, (a, b) in enumerate(kept)]
        for i in range(1, classes):
            replaced, inserted = found.substitutions[0, :, i], found.insertions[0, :, i]
            pairs += [(replaced[k], sums[(*a, i, *b)]) for k, (a, b) in enumerate(kept)]
            pairs += [(inserted[k], sums[(*a, i, *b)]) for k, (a, b) in enumerate(gaps)]
        ours, theirs = np.array(pairs).T
        assert ((theirs > 0) == np.isfinite(ours)).all()
        possible = theirs > 0
        worst = max(worst, np.abs(np.exp(ours[possible]) / theirs[possible] - 1).max())
    return float(worst)


def every_text(log_probabilities: Floats) -> dict[Ids, float]:
    """Return the probability of every text, path by path."""
    steps, classes = log_probabilities.shape
    sums: dict[Ids, float] = defaultdict(float)
    for path in itertools.product(range(classes), repeat=steps):
        text = tuple(k for k, _ in itertools.groupby(path) if k != 0)
        sums[text] += float(np.exp(sum(log_probabilities[t, k] for t, k in enumerate(path))))
    return sums


def to_keras(logits: np.ndarray, texts: list[Ids]) -> float:
    """Compare the probabilities of texts with the CTC loss that training minimises."""
    load_keras()
    import keras

    # Texts that are likely, and beginnings of them, which are not.
    texts = [text[: 1 + n % 5] if n % 2 else text for n, text in enumerate(texts)]
    longest = max(map(len, texts))
    targets = np.array([[*text, *[0] * (longest - len(text))] for text in texts])
    loss = np.array(keras.losses.CTC(reduction=None)(targets, logits), np.float64)
    ours = ctc.log_probability(log_softmax(logits), texts)
    return float(np.abs(np.expm1(ours + loss)).max())


if __name__ == "__main__":
    main()
