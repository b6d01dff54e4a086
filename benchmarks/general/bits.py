"""Compares the graph in 8 bits of a model with its graph of floats: texts, and times by turns."""

import os
import time
from collections.abc import Sequence
from statistics import fmean, median
from typing import Any

import numpy as np

from benchmarks.general.sets import LabelledSet
from captcha_model import CaptchaModel
from captcha_model.prediction import Prediction
from captcha_model.runtimes.choice import BITS

RESAMPLES = 2000
TURNS = 200
SIZE = (48, 160, 3)


def compare_bits(model: str, sets: Sequence[LabelledSet]) -> dict[str, Any]:
    """Read sets with both graphs.

    Args:
        model: what `CaptchaModel.from_pretrained` takes.
        sets: those without text are left out.

    Returns:
        How many texts are equal, of all and of those that either graph accepts; how many are right
        with one graph alone, case ignored; the difference of the mean share over sets with its
        bootstrap 95 % interval over images; and the median milliseconds of one small image.
    """
    models = {bits: _opened(model, bits) for bits in ("32", "8")}
    equal = accepted = equal_accepted = images = 0
    rights = []
    for labelled in sets:
        if not labelled.has_text:
            continue
        read = {b: m.predict(list(labelled.paths), on_error="return") for b, m in models.items()}
        pairs = [
            (a, b)
            for a, b in zip(read["32"], read["8"], strict=True)
            if isinstance(a, Prediction) and isinstance(b, Prediction)
        ]
        images += len(pairs)
        equal += sum(a.text == b.text for a, b in pairs)
        either = [a.text == b.text for a, b in pairs if a.accepted or b.accepted]
        accepted, equal_accepted = accepted + len(either), equal_accepted + sum(either)
        rights.append(np.array([_right(read[bits], labelled.labels) for bits in models]))
    random = np.random.default_rng(0)
    differences = [right[1].astype(int) - right[0] for right in rights]
    resampled = [
        fmean(random.choice(each, len(each)).mean() for each in differences)
        for _ in range(RESAMPLES)
    ]
    low, high = np.quantile(resampled, [0.025, 0.975])
    return {
        "images": images,
        "equal": equal,
        "accepted_by_either": accepted,
        "equal_of_accepted": equal_accepted,
        "right_in_floats_alone": int(sum((each < 0).sum() for each in differences)),
        "right_in_8_bits_alone": int(sum((each > 0).sum() for each in differences)),
        "difference": round(fmean(each.mean() for each in differences), 4),
        "difference_95": [round(float(low), 4), round(float(high), 4)],
        "one_ms": _times(models),
    }


def _right(results: Sequence[Any], labels: Sequence[str]) -> list[bool]:
    return [
        isinstance(result, Prediction) and result.text.lower() == label.lower()
        for result, label in zip(results, labels, strict=True)
    ]


def _opened(model: str, bits: str) -> CaptchaModel:
    before = os.environ.get(BITS)
    os.environ[BITS] = bits
    try:
        opened = CaptchaModel.from_pretrained(model, runtime="onnx")
        opened.warm_up()
    finally:
        if before is None:
            del os.environ[BITS]
        else:
            os.environ[BITS] = before
    return opened


def _times(models: dict[str, CaptchaModel]) -> dict[str, float]:
    """Return the median milliseconds of the network alone for one image, by turns."""
    image = np.random.default_rng(0).integers(0, 256, (1, *SIZE), np.uint8)
    times: dict[str, list[float]] = {bits: [] for bits in models}
    for _ in range(TURNS):
        for bits, model in models.items():
            start = time.perf_counter()
            model.logits(image)
            times[bits].append(time.perf_counter() - start)
    return {bits: round(1e3 * median(found), 3) for bits, found in times.items()}
