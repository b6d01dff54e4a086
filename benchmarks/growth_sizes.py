"""What large images, large vocabularies and long texts cost, in the network and in the confidences.

The networks have random weights and the default settings, but for one that is 10 or 100 times as
large. The confidences are those of logits that say texts of the wanted length: surely, and with so
much doubt that the readings are searched for. A width of 2,000 is beyond what the settings allow,
so that bound is lifted here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
from common import measure_in_turns

from captcha_model import config as settings
from captcha_model import networks
from captcha_model.confidence import Decoding, read
from captcha_model.config import CaptchaConfig
from captcha_model.data.captcha_images_v2 import CHARACTERS
from captcha_model.onnx_graph import to_onnx
from captcha_model.runtimes.onnx import OnnxRuntime
from captcha_model.spans import Frame

BATCH = 16

# How far a text's classes stand above the others: the logarithm of the odds that a step errs is
# about minus this, less that of the number of steps.
SURE, DOUBTFUL = 8.0, 0.3


@dataclass(frozen=True)
class Size:
    """What is large: the image's width, the number of characters, those of a text."""

    width: int = 200
    characters: int = len(CHARACTERS)
    places: int = 5


NORMAL = "normal"
SIZES = {
    NORMAL: Size(),
    "width x10": Size(width=2000),
    "vocabulary x100": Size(characters=1900),
    "length x10": Size(places=50),
    "width and length x10": Size(width=2000, places=50),
}


def of_sizes(runs: int) -> dict[str, dict[str, Any]]:
    """Measure the network and the confidences of every size, all in turns."""
    settings.MAX_SIDE = max(size.width for size in SIZES.values())
    works: dict[str, Callable[[], object]] = {}
    steps = {}
    for name, size in SIZES.items():
        config = CaptchaConfig(characters(size.characters), width=size.width)
        steps[name] = networks.time_steps(config)
        runtime = OnnxRuntime(to_onnx(config, networks.build(config)), config)
        images = np.random.default_rng(0).random((BATCH, *config.input_shape), np.float32)
        works[f"{name}, network"] = partial(runtime.logits, images)
        frames = [Frame(size.width, config.height)] * BATCH
        for kind, odds in (("sure", SURE), ("doubtful", DOUBTFUL)):
            logits = planted(steps[name], size.characters + 1, size.places, odds)
            works[f"{name}, {kind}"] = partial(read, logits, config.characters, frames, Decoding())
    for work in works.values():
        work()
    times = measure_in_turns(works, runs)
    print(f"\nmilliseconds an image, {BATCH} at once   steps    network       sure        doubtful")
    figures: dict[str, dict[str, Any]] = {}
    for name, size in SIZES.items():
        figures[name] = {**vars(size), "steps": steps[name]}
        cells = ""
        for part in ("network", "sure", "doubtful"):
            each = {k: round(v / BATCH, 4) for k, v in times[f"{name}, {part}"].items()}
            usual = times[f"{NORMAL}, {part}"]["median_ms"] / BATCH
            figures[name][part] = {**each, "to_normal": round(each["median_ms"] / usual, 2)}
            cells += f"{each['median_ms']:9.3f} x{figures[name][part]['to_normal']:<6.1f}"
        print(f"{name:36}{steps[name]:6}{cells}")
    return figures


def characters(count: int) -> str:
    """Return a vocabulary of the usual characters, or of so many that Unicode has in a row."""
    if count == len(CHARACTERS):
        return CHARACTERS
    return "".join(chr(0x4E00 + i) for i in range(count))


def planted(steps: int, classes: int, places: int, odds: float) -> npt.NDArray[np.float32]:
    """Return logits that say texts, with noise: shape (BATCH, steps, classes).

    Args:
        steps: T, at least as many as places.
        classes: C, with the blank.
        places: characters of each text; no two neighbours are the same, so T steps can hold T.
        odds: see `SURE` and `DOUBTFUL`.
    """
    random = np.random.default_rng(0)
    logits = random.normal(0, 1, (BATCH, steps, classes))
    rows = np.arange(BATCH)
    path = np.zeros((BATCH, steps), int)
    before = np.zeros(BATCH, int)
    for place in range(places):
        # One of the characters that are not the one before.
        text = 1 + (before - 1 + random.integers(1, classes - 1, BATCH)) % (classes - 1)
        path[:, (2 * place + 1) * steps // (2 * places)] = before = text
    logits[rows[:, None], np.arange(steps), path] = np.log(classes * steps) + odds
    return logits.astype(np.float32)
