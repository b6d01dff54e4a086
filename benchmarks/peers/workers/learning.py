"""What the training scripts have in common: what they are told, and the history that they write.

Like `protocol`, it uses the standard library alone.
"""

import argparse
import csv
import time
from pathlib import Path

VOCABULARY = "vocabulary.json"
COLUMNS = ("epoch", "val_word_accuracy", "measuring_seconds")


def arguments() -> argparse.Namespace:
    """Return what a training is told.

    Returns:
        `training` and `validation`, lists of paths whose names are the labels; `out`, a folder;
        `minutes`, the time limit; `seed`; `longer`, by which epochs and patience are multiplied.
    """
    parser = argparse.ArgumentParser()
    parser.add_argument("--training", type=_paths, required=True, metavar="FILE")
    parser.add_argument("--validation", type=_paths, required=True, metavar="FILE")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--minutes", type=float, default=90.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--longer", type=float, default=1.0)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    return options


class History:
    """Writes what each epoch gave, and knows when the time is over.

    Args:
        folder: takes `history.csv`.
        minutes: from now on.
    """

    def __init__(self, folder: Path, minutes: float) -> None:
        self._end = time.monotonic() + 60 * minutes
        self._path = folder / "history.csv"
        self._measuring = 0.0
        self._epoch = 0
        self._write("w", COLUMNS)

    def add(self, accuracy: float, measuring: float = 0.0) -> None:
        """Write an epoch.

        Args:
            accuracy: the share of the validation part's texts that are right.
            measuring: the seconds that finding this out took, where the published program does not;
                they are not to count.
        """
        self._epoch += 1
        self._measuring += measuring
        self._write("a", (self._epoch, accuracy, round(self._measuring, 3)))

    @property
    def is_over(self) -> bool:
        """Whether the time is over."""
        return time.monotonic() >= self._end

    def _write(self, mode: str, row: tuple[object, ...]) -> None:
        with self._path.open(mode, newline="") as file:
            csv.writer(file).writerow(row)


def _paths(file: str) -> list[str]:
    return Path(file).read_text().split("\n")
