"""What it costs to train each system, how few images it can learn from, and its errors by folds."""

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.folds import FOLDS
from benchmarks.peers.asking import Reader
from benchmarks.peers.reading import score
from benchmarks.peers.training import Training, train
from benchmarks.peers.workplace import LOG, Workplace
from captcha_model._utils.keras_backend import load_keras

FEW = 100
AT_ONCE = 64  # Images, in scoring.
WARM_UP = 0.001  # Minutes: one epoch, so that what counts does not wait for the disk.


def measure_training(
    place: Workplace, name: str, minutes: float, *, quick: bool = False
) -> dict[str, Any]:
    """Train a system on the train part, and return what it cost.

    Its model is kept, for the phase that reads. Quick is only the epoch that comes before.
    """
    out = place.models / name
    found = train(place, Training(name, place.training[:FEW], place.judged, WARM_UP), out)
    if not quick:
        found = train(place, Training(name, place.training, place.judged, minutes), out)
    return {**found.to_dict(), "curve": found.points()}


def measure_few(place: Workplace, name: str, minutes: float, seed: int) -> dict[str, Any]:
    """Train a system on a hundred images, and score it also on the images that nobody used.

    All have as many steps as with the whole train part. Ours has them by default; the others get so
    many times their epochs and their patience.
    """
    few = place.some_of_training(FEW, seed)
    unseen = [path for path in place.training if path not in set(few)]
    training = Training(name, few, place.judged, minutes, seed, len(place.training) / FEW)
    with tempfile.TemporaryDirectory() as scratch:
        trained = train(place, training, Path(scratch) / name)
        texts = _texts(place, name, trained.model, [*place.judged, *unseen])
    count = len(place.judged)
    return {
        "seed": seed,
        "validation": _score(place.judged, texts[:count]),
        "unseen": _score(unseen, texts[count:]),
        **trained.to_dict(),
    }


def measure_folds(place: Workplace, name: str, minutes: float) -> dict[str, Any]:
    """Train a system on all folds but one, for every fold, and score it on what it never saw.

    The folds are those of `crossval.py`, whose figures are ours. The fold that is left out also
    decides when a training stops, which favours the system. What is done is kept, so that this may
    be interrupted.
    """
    load_keras()  # Quietly, before the next import would let TensorFlow log at length.
    from captcha_model.training.crossfit import fold_of

    texts: dict[str, str] = {}
    for fold in range(FOLDS):
        kept = place.models / "folds" / f"{name}-{fold}.json"
        if not kept.exists():
            LOG.info("training %s without fold %d of %d", name, fold, FOLDS)
            held_out = [path for path in place.images if fold_of(path.stem, FOLDS) == fold]
            rest = [path for path in place.images if path not in set(held_out)]
            with tempfile.TemporaryDirectory() as scratch:
                training = Training(name, rest, held_out, minutes)
                trained = train(place, training, Path(scratch) / name)
                read = _texts(place, name, trained.model, held_out)
            kept.parent.mkdir(parents=True, exist_ok=True)
            pairs = zip((path.stem for path in held_out), read, strict=True)
            kept.write_text(json.dumps(dict(pairs)))
        texts |= json.loads(kept.read_text())
    return {
        "folds": FOLDS,
        **_score(place.images, [texts[path.stem] for path in place.images]),
    }


def _texts(place: Workplace, name: str, model: Path, paths: Sequence[Path]) -> list[str]:
    with Reader(place, name, model) as reader:
        return reader.at_once(paths, AT_ONCE)[0]


def _score(paths: Sequence[Path], texts: Sequence[str]) -> dict[str, Any]:
    return score([path.stem for path in paths], texts)
