"""What it costs to train each system, how few images it can learn from, and its errors by folds."""

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.peers.asking import Reader
from benchmarks.peers.reading import score
from benchmarks.peers.systems import OURS, SYSTEMS, TRAINED
from benchmarks.peers.training import Trained, Training, train
from benchmarks.peers.workplace import WRONG_LABELS, Workplace
from captcha_model.backend import load_keras

FEW = 100
SEEDS = (0, 1, 2)
FOLDS = 10
AT_ONCE = 64  # Images, in scoring.


def measure_training(place: Workplace, names: Sequence[str], minutes: float) -> dict[str, Any]:
    """Train each system on the train part, one after another, and return what it cost.

    Their models are kept: the others' are what they read with afterwards.
    """
    judged = _judged(place)
    found = {}
    for name in _trained(names):
        with tempfile.TemporaryDirectory() as scratch:
            # One epoch, so that what counts does not wait for the disk.
            short = Training(name, place.training[:FEW], judged, minutes=0.001)
            train(place, short, Path(scratch) / name)
        print(f"training {name}", flush=True)
        out = place.models / name
        trained = train(place, Training(name, place.training, judged, minutes), out)
        found[name] = {"title": SYSTEMS[name].title, **trained.to_dict()}
        print(f"{name}: seconds to {found[name]['seconds_to']}", flush=True)
    return {
        "minutes": minutes,
        "images": len(place.training),
        "validation": len(judged),
        "systems": found,
    }


def measure_few(
    place: Workplace, names: Sequence[str], minutes: float, seeds: Sequence[int] = SEEDS
) -> dict[str, Any]:
    """Train each system on a hundred images, and score it also on the images that nobody used.

    All have as many steps as with the whole train part: so many times the epochs and the patience.
    """
    judged = _judged(place)
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in _trained(names)}
    for seed in seeds:
        few = place.some_of_training(FEW, seed)
        unseen = [path for path in place.training if path not in set(few)]
        for name, runs in found.items():
            print(f"training {name} on {FEW} images, seed {seed}", flush=True)
            longer = len(place.training) / FEW
            training = Training(name, few, judged, minutes, seed, longer)
            with tempfile.TemporaryDirectory() as scratch:
                trained = train(place, training, Path(scratch) / name)
                texts = _texts(place, name, trained, [*judged, *unseen])
            scores = {
                "validation": _score(judged, texts[: len(judged)]),
                "unseen": _score(unseen, texts[len(judged) :]),
            }
            runs.append({"seed": seed, **scores, **trained.to_dict()})
            print(f"{name}: {scores['unseen']['word_accuracy']:.1%} of the unseen", flush=True)
    return {"images": FEW, "minutes": minutes, "systems": found}


def measure_folds(place: Workplace, names: Sequence[str], minutes: float) -> dict[str, Any]:
    """Train the others on all folds but one, for every fold, and score them on what they never saw.

    The folds are those of `crossval.py`, whose figures are ours. The fold that is left out also
    decides when a training stops, which favours them. What is done is kept, so that this may be
    interrupted.
    """
    load_keras()  # Quietly, before the next import would let TensorFlow log at length.
    from captcha_model.training.crossfit import fold_of

    found = {}
    for name in (name for name in _trained(names) if name != OURS):
        texts: dict[str, str] = {}
        for fold in range(FOLDS):
            kept = place.folder / "folds" / f"{name}-{fold}.json"
            if not kept.exists():
                print(f"training {name} without fold {fold} of {FOLDS}", flush=True)
                held_out = [p for p in place.images if fold_of(p.stem, FOLDS) == fold]
                rest = [path for path in place.images if path not in set(held_out)]
                with tempfile.TemporaryDirectory() as scratch:
                    training = Training(name, rest, held_out, minutes)
                    trained = train(place, training, Path(scratch) / name)
                    read = _texts(place, name, trained, held_out)
                kept.parent.mkdir(exist_ok=True)
                pairs = zip((path.stem for path in held_out), read, strict=True)
                kept.write_text(json.dumps(dict(pairs)))
            texts |= json.loads(kept.read_text())
        found[name] = {
            "title": SYSTEMS[name].title,
            **_score(place.images, [texts[path.stem] for path in place.images]),
        }
    return {"folds": FOLDS, "minutes": minutes, "systems": found}


def _trained(names: Sequence[str]) -> list[str]:
    return [name for name in TRAINED if name in names]


def _judged(place: Workplace) -> list[Path]:
    return [path for path in place.validation if path.stem not in WRONG_LABELS]


def _texts(place: Workplace, name: str, trained: Trained, paths: Sequence[Path]) -> list[str]:
    with Reader(place, name, trained.model) as reader:
        return reader.at_once(paths, AT_ONCE)[0]


def _score(paths: Sequence[Path], texts: Sequence[str]) -> dict[str, Any]:
    return score([path.stem for path in paths], texts)
