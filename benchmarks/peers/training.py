"""Trains one system by one command, and watches what its epochs give."""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.common import read_history
from benchmarks.peers.systems import SYSTEMS, WORKERS
from benchmarks.peers.workplace import LOG, Workplace, surroundings

TARGETS = (0.95, 0.98, 0.99)
GRACE = 600.0  # Seconds, in which a training whose time is over may save its model.
LOOK = 0.05  # Seconds from one look at the history to the next.


@dataclass(frozen=True)
class Training:
    """One training by one system.

    Attributes:
        name: of the system.
        images: what it learns from.
        validation: what it is judged by, and stops by.
        minutes: its time limit.
        seed: of everything random.
        longer: by how much there are more epochs, and more patience, than the system has it; ours
            sees to that by itself.
    """

    name: str
    images: Sequence[Path]
    validation: Sequence[Path]
    minutes: float
    seed: int = 0
    longer: float = 1.0


@dataclass(frozen=True)
class Trained:
    """What came of it.

    Attributes:
        model: the folder of the model.
        curve: after each epoch the seconds since the command's start, and the word accuracy.
        seconds: of the whole command.
    """

    model: Path
    curve: list[tuple[float, float]]
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for the file of results, without the curve."""
        return {
            "seconds_to": {str(target): first_time(self.curve, target) for target in TARGETS},
            "best_word_accuracy": round(max((a for _, a in self.curve), default=0.0), 6),
            "seconds_whole_command": round(self.seconds, 1),
            "epochs": len(self.curve),
        }

    def points(self) -> list[list[float]]:
        """Return the curve for the file of results."""
        return [[round(s, 1), round(a, 6)] for s, a in self.curve]


def first_time(curve: Sequence[tuple[float, float]], target: float) -> float | None:
    """Return after how many seconds a word accuracy was reached first; None if never."""
    return next((round(s, 1) for s, a in curve if a >= target - 1e-9), None)


def train(place: Workplace, training: Training, out: Path) -> Trained:
    """Train a system by one command, and watch its history; an older model in `out` is lost.

    Raises:
        RuntimeError: the command failed, or did not end when its time was over.
    """
    shutil.rmtree(out, ignore_errors=True)
    ours = SYSTEMS[training.name].recipe is not None
    said = place.folder / f"training-{training.name}.log"
    curve: list[tuple[float, float]] = []
    with tempfile.TemporaryDirectory() as scratch, said.open("w") as log:
        command = _command(place, training, out, Path(scratch))
        began = time.perf_counter()
        process = subprocess.Popen(command, stdout=log, stderr=log, **surroundings(checkout=ours))
        try:
            for epoch in _epochs(process, out / "history.csv", 60 * training.minutes + GRACE):
                curve.append(epoch)
                LOG.debug(
                    "%s: epoch %d, %.1f s, %.2f%%",
                    training.name,
                    len(curve),
                    epoch[0],
                    100 * epoch[1],
                )
        finally:
            process.kill()  # This does nothing to one that has ended.
            process.wait()
        seconds = time.perf_counter() - began
    if process.returncode:
        raise RuntimeError(f"training {training.name} failed: see {said}")
    return Trained(out / "model" if ours else out, curve, seconds)


def _epochs(
    process: subprocess.Popen[bytes], history: Path, limit: float
) -> Iterator[tuple[float, float]]:
    """Yield each epoch as it appears in a history, until the process ends or the time is over.

    Yields:
        The seconds since now, and the word accuracy.
    """
    began = time.perf_counter()
    count, seen, over = 0, None, False
    while not over:
        time.sleep(LOOK)
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
    """Return what trains, and write what it needs into a folder that is gone afterwards."""
    python = str(place.python(training.name, to_train=True))
    limits = ["--minutes", str(training.minutes), "--seed", str(training.seed), "--out", str(out)]
    system = SYSTEMS[training.name]
    if system.recipe:
        for path in (*training.images, *training.validation):
            shutil.copy(path, scratch)
        told = ["--recipe", system.recipe, "--data", str(scratch), *system.options]
        return [python, "-m", "captcha_model", "train", *told, *limits]
    lists = []
    for part, paths in (("training", training.images), ("validation", training.validation)):
        (scratch / part).write_text("\n".join(map(str, paths)))
        lists += [f"--{part}", str(scratch / part)]
    script = WORKERS / (system.trainer or "")
    return [python, str(script), *lists, *limits, "--longer", str(training.longer)]
