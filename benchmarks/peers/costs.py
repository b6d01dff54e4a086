"""Measures how long each system takes to train, and how well it learns from few images."""

import tempfile
from pathlib import Path
from typing import Any

from benchmarks.peers.client import Reader
from benchmarks.peers.reading import score
from benchmarks.peers.training import Training, train
from benchmarks.peers.workplace import Workplace

FEW = 100
BATCH = 64
WARM_UP = 0.001  # Minutes: one epoch, so that the measured training does not wait for the disk.


def measure_training(place: Workplace, name: str, minutes: float) -> dict[str, Any]:
    """Train a system on the train split, keep its model, and return its time and accuracy."""
    out = place.models / name
    train(place, Training(name, place.training[:FEW], place.validated, WARM_UP), out)
    found = train(place, Training(name, place.training, place.validated, minutes), out)
    return {**found.to_dict(), "curve": found.points()}


def measure_few(place: Workplace, name: str, minutes: float, seed: int) -> dict[str, Any]:
    """Train a system on a hundred images, and evaluate it also on the images that were not used.

    All systems train as many steps as on the whole train split. Ours does so by default; the
    others get as many times their epochs and their patience.
    """
    few = place.some_of_training(FEW, seed)
    unseen = [path for path in place.training if path not in set(few)]
    training = Training(name, few, place.validated, minutes, seed, len(place.training) / FEW)
    with tempfile.TemporaryDirectory() as scratch:
        trained = train(place, training, Path(scratch) / name)
        with Reader(place, name, trained.model) as reader:
            validation, rest = (
                score([path.stem for path in paths], reader.in_batches(paths, BATCH)[0])
                for paths in (place.validated, unseen)
            )
    return {"seed": seed, "validation": validation, "unseen": rest, **trained.to_dict()}
