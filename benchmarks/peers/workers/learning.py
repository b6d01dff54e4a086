"""Shared by the training scripts: their options, and the history that they write.

Like `protocol`, it uses only the standard library.
"""

import argparse
import csv
import time
from pathlib import Path

VOCABULARY = "vocabulary.json"
COLUMNS = ("epoch", "val_word_accuracy", "measuring_seconds")


def arguments() -> argparse.Namespace:
    """Parse the options of a training.

    Returns:
        `training` and `validation`, lists of paths whose names are the labels; `out`, a folder;
        `minutes`, the time limit; `seed`; `longer`, a factor for epochs and patience.
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
    """Writes one row per epoch, and knows when the time limit is reached.

    Args:
        folder: for `history.csv`.
        minutes: the time limit, from now.
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
            accuracy: the word accuracy on the validation split.
            measuring: the seconds of an evaluation that the published program does not do; they are
                subtracted.
        """
        self._epoch += 1
        self._measuring += measuring
        self._write("a", (self._epoch, accuracy, round(self._measuring, 3)))

    @property
    def is_over(self) -> bool:
        """Whether the time limit is reached."""
        return time.monotonic() >= self._end

    def _write(self, mode: str, row: tuple[object, ...]) -> None:
        with self._path.open(mode, newline="") as file:
            csv.writer(file).writerow(row)


def _paths(file: str) -> list[str]:
    return Path(file).read_text().split("\n")
