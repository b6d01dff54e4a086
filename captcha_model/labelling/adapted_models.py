"""The models that were adapted to the labels so far, each in a run folder of its own.

The output folder may be one with other things in it, so nothing is deleted there but what a record
says that this module has begun.
"""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from captcha_model.labelling.learning_curve import Point
from captcha_model.labelling.training_record import RUN_NAME, TrainingRecord
from captcha_model.metrics.intervals import wilson_interval
from captcha_model.training.run_folder import MODEL_FOLDER, REPORT_FILE


@dataclass(frozen=True)
class AdaptedModel:
    """A finished training.

    Attributes:
        folder: the run folder.
        labels: how many labels it had.
        images: how many of their images were read by models that were trained without them: all,
            or above 500 labels those of the validation split.
        right: how many of these were read correctly.
        wrong: the images that were read differently from their labels, with what was read.
    """

    folder: Path
    labels: int
    images: int
    right: int
    wrong: dict[str, str]

    @property
    def model(self) -> Path:
        """The folder of the model."""
        return self.folder / MODEL_FOLDER

    @property
    def accuracy(self) -> float:
        """The share of the images that were read correctly."""
        return self.right / self.images

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the accuracy."""
        return wilson_interval(self.right, self.images)


class AdaptedModels:
    """The run folders in an output folder, of which the newest is kept.

    Args:
        out: created with the first training; what an interrupted one left of its own is deleted.

    Attributes:
        newest: the model with the most recent labels; None before the first one.

    Raises:
        DataError: the folder has another file of the record's name.
    """

    def __init__(self, out: Path) -> None:
        self.out = out
        self.newest: AdaptedModel | None = None
        self._record = TrainingRecord.read(out)
        named = (path for path in out.glob("*-labels*") if RUN_NAME.fullmatch(path.name))
        for folder in sorted(named, key=lambda path: path.stat().st_mtime):
            found = _finished(folder)
            if found is None:
                self.discard(folder)
            else:
                self.newest = found

    @property
    def curve(self) -> list[Point]:
        """What every training so far had and read; see `captcha_model.labelling.learning_curve`."""
        return self._record.curve

    @property
    def learned(self) -> str:
        """The digest of the labels that the newest model was trained with."""
        return self._record.learned

    def new_folder(self, labels: int) -> Path:
        """Return the path of a run folder for a training, which does not exist yet."""
        self.out.mkdir(parents=True, exist_ok=True)
        path, number = self.out / f"{labels}-labels", 1
        while path.exists():
            number += 1
            path = self.out / f"{labels}-labels-{number}"
        self._record.begun.add(path.name)
        self._record.write(self.out)
        return path

    def take(self, folder: Path, learned: str) -> AdaptedModel:
        """Note that a training has ended, and delete the one before it.

        Args:
            folder: from `new_folder`.
            learned: the digest of its labels.

        Raises:
            FileNotFoundError: the training left no model there.
        """
        found = _finished(folder)
        if found is None:
            raise FileNotFoundError(folder)
        self.curve.append((found.labels, found.images, found.right))
        self._record.learned = learned
        self._record.write(self.out)
        if self.newest and self.newest.folder != folder:
            self.discard(self.newest.folder)
        self.newest = found
        return found

    def discard(self, folder: Path) -> None:
        """Delete a run folder, unless somebody else made it."""
        if folder.name in self._record.begun:
            shutil.rmtree(folder, ignore_errors=True)
            self._record.begun.discard(folder.name)
            self._record.write(self.out)


def _finished(folder: Path) -> AdaptedModel | None:
    """Return the result of a training; None if it was interrupted."""
    try:
        report = json.loads((folder / REPORT_FILE).read_bytes())
        read = {each["name"]: each["reading"] for each in report["wrong"]}
        labels = int(folder.name.partition("-")[0])
        found = AdaptedModel(folder, labels, report["images"], report["correct"], read)
    except (OSError, ValueError, LookupError, TypeError):
        return None
    return found if (found.model / "captcha_config.json").exists() else None
