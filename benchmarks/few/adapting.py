"""Adapts to some images of a set as the command line does by default, and reads all others."""

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.general.scores import IGNORING_CASE, score
from benchmarks.general.sets import LabelledSet, write_folder
from captcha_model import CaptchaModel
from captcha_model.model_card import ModelFacts
from captcha_model.prediction import Prediction

ONNX = "onnx"


class NotTrainedError(RuntimeError):
    """The command failed; the message is its last line."""


def measure(labelled: LabelledSet, count: int, seed: int, scratch: Path) -> dict[str, Any]:
    """Train on some images of a set and read the others.

    Args:
        labelled: the set.
        count: how many labels the training gets.
        seed: chooses them.
        scratch: receives the images and the run; it is emptied.

    Returns:
        The scores of the others, how many are right with one view, how many are accepted and how
        many of those are right, the precision that the model promises for them, and the seconds of
        the whole command.

    Raises:
        NotTrainedError: the command failed.
    """
    order = np.random.default_rng(seed).permutation(len(labelled.labels))
    chosen, others = order[:count], order[count:]
    shutil.rmtree(scratch, ignore_errors=True)
    data, out = scratch / "images", scratch / "run"
    write_folder(((labelled.paths[n], labelled.labels[n]) for n in chosen), data)
    command = [sys.executable, "-m", "captcha_model", "train", "--data", str(data)]
    start = time.perf_counter()
    done = subprocess.run(
        [*command, "--out", str(out)], capture_output=True, text=True, errors="replace"
    )
    seconds = time.perf_counter() - start
    if done.returncode:
        raise NotTrainedError((done.stderr.strip() or "no output").splitlines()[-1])
    model = CaptchaModel.from_pretrained(out / "model", runtime=ONNX)
    paths = [labelled.paths[n] for n in others]
    labels = [labelled.labels[n] for n in others]
    readings = model.predict(paths, on_error="return")
    once = model.predict(paths, on_error="return", views=1)
    texts, texts_once = (
        [r.text if isinstance(r, Prediction) else "" for r in read] for read in (readings, once)
    )
    accepted = [
        label.lower() == text.lower()
        for label, text, reading in zip(labels, texts, readings, strict=True)
        if isinstance(reading, Prediction) and reading.accepted
    ]
    return {
        **score(labels, texts),
        "one_view": score(labels, texts_once)[IGNORING_CASE],
        "accepted": len(accepted),
        "accepted_right": sum(accepted),
        "promised": _promised(model.facts),
        "seconds": round(seconds, 1),
    }


def _promised(facts: ModelFacts) -> float | None:
    return facts.calibration.precision if facts.calibration else None


def stored(path: Path) -> dict[str, Any]:
    """Return what earlier runs measured: set, then labels, then seed."""
    if not path.exists():
        return {}
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["sets"]
    return found
