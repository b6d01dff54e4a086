"""Trains systems, each by one command, and measures their time and accuracy."""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.common import read_history
from benchmarks.peers.client import open_reader
from benchmarks.peers.reading import score
from benchmarks.peers.systems import SYSTEMS, WORKERS
from benchmarks.peers.workplace import LOG, Workplace, process_options

TARGETS = (0.95, 0.98, 0.99)
GRACE = 600.0  # Seconds that a training has to save its model after its time limit.
FEW = 100
BATCH = 64
WARM_UP = 0.001  # Minutes: one epoch, so that the measured training does not wait for the disk.
POLL = 0.05  # Seconds between two looks at the history.


@dataclass(frozen=True)
class Training:
    """One training of one system.

    Attributes:
        name: of the system.
        images: to train on.
        validation: for evaluation and early stopping.
        minutes: the time limit.
        seed: of everything random.
        longer: multiplies the epochs and the patience of other systems; ours adapts by itself.
    """

    name: str
    images: Sequence[Path]
    validation: Sequence[Path]
    minutes: float
    seed: int = 0
    longer: float = 1.0


@dataclass(frozen=True)
class Trained:
    """The result of a training.

    Attributes:
        model: the folder of the model.
        curve: for each epoch the seconds since the command started, and the word accuracy.
        seconds: of the whole command.
    """

    model: Path
    curve: list[tuple[float, float]]
    seconds: float

    def to_dict(self, *, curve: bool = False) -> dict[str, Any]:
        """Return plain values for the file of results, with the curve if asked for."""
        points = [[round(s, 1), round(a, 6)] for s, a in self.curve]
        return {
            "seconds_to": {str(target): first_time(self.curve, target) for target in TARGETS},
            "best_word_accuracy": round(max((a for _, a in self.curve), default=0.0), 6),
            "seconds_whole_command": round(self.seconds, 1),
            "epochs": len(self.curve),
            **({"curve": points} if curve else {}),
        }


def first_time(curve: Sequence[tuple[float, float]], target: float) -> float | None:
    """Return the seconds after which a word accuracy is first reached; None if it never is."""
    return next((round(s, 1) for s, a in curve if a >= target - 1e-9), None)


def train(place: Workplace, training: Training, out: Path) -> Trained:
    """Train a system by one command, and follow its history; an older model in `out` is removed.

    Raises:
        RuntimeError: the command failed, or did not end in time.
    """
    shutil.rmtree(out, ignore_errors=True)
    ours = SYSTEMS[training.name].recipe is not None
    log_path = place.folder / f"training-{training.name}.log"
    curve: list[tuple[float, float]] = []
    with tempfile.TemporaryDirectory() as scratch, log_path.open("w") as log:
        command = _command(place, training, out, Path(scratch))
        began = time.perf_counter()
        process = subprocess.Popen(
            command, stdout=log, stderr=log, **process_options(checkout=ours)
        )
        try:
            for epoch in _epochs(process, out / "history.csv", 60 * training.minutes + GRACE):
                curve.append(epoch)
                LOG.debug("%s: epoch %d, %.1f s, accuracy %.4f", training.name, len(curve), *epoch)
        finally:
            process.kill()  # No effect on a process that has ended.
            process.wait()
        seconds = time.perf_counter() - began
    if process.returncode:
        raise RuntimeError(f"training {training.name} failed: see {log_path}")
    return Trained(out / "model" if ours else out, curve, seconds)


def measure_training(place: Workplace, name: str, minutes: float) -> dict[str, Any]:
    """Train a system on the train split, keep its model, and return its time and accuracy."""
    out = place.models / name
    train(place, Training(name, place.training[:FEW], place.validated, WARM_UP), out)
    found = train(place, Training(name, place.training, place.validated, minutes), out)
    return found.to_dict(curve=True)


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
        with open_reader(place, name, trained.model) as reader:
            validation, rest = (
                score([path.stem for path in paths], reader.in_batches(paths, BATCH)[0])
                for paths in (place.validated, unseen)
            )
    return {"seed": seed, "validation": validation, "unseen": rest, **trained.to_dict()}


def _epochs(
    process: subprocess.Popen[bytes], history: Path, limit: float
) -> Iterator[tuple[float, float]]:
    """Yield each epoch as it appears in a history, until the process ends or `limit` seconds pass.

    Yields:
        The seconds since the first call, and the word accuracy.
    """
    began = time.perf_counter()
    count, seen, over = 0, None, False
    while not over:
        time.sleep(POLL)
        now = time.perf_counter() - began
        over = process.poll() is not None or now > limit
        changed = history.stat().st_mtime_ns if history.exists() else None
        if changed == seen and not over:
            continue
        seen = changed
        for row in read_history(history)[count:]:
            count += 1
            yield now - float(row.get("measuring_seconds", 0)), float(row["val_word_accuracy"])


def _command(place: Workplace, training: Training, out: Path, scratch: Path) -> list[str]:
    """Return the command of a training, and write its input into a temporary folder."""
    python = str(place.python(training.name, to_train=True))
    limits = ["--minutes", str(training.minutes), "--seed", str(training.seed), "--out", str(out)]
    system = SYSTEMS[training.name]
    if system.recipe:
        for path in (*training.images, *training.validation):
            shutil.copy(path, scratch)
        options = ["--recipe", system.recipe, "--data", str(scratch), *system.options]
        return [python, "-m", "captcha_model", "train", *options, *limits]
    lists = []
    for split, paths in (("training", training.images), ("validation", training.validation)):
        (scratch / split).write_text("\n".join(map(str, paths)))
        lists += [f"--{split}", str(scratch / split)]
    script = WORKERS / (system.trainer or "")
    return [python, str(script), *lists, *limits, "--longer", str(training.longer)]
