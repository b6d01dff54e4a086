"""The file in the output folder in which the labelling page notes its trainings."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from captcha_model._utils.atomic_files import write_atomically
from captcha_model._utils.strict_json import Record
from captcha_model.errors import DataError
from captcha_model.labelling.learning_curve import Point

RECORD_FILE = "labelling.json"
RUN_NAME = re.compile(r"[0-9]+-labels(-[0-9]+)?")


@dataclass(frozen=True)
class _Noted(Record, error=DataError):
    """The contents of the file."""

    written_by: Literal["captcha-model label"]
    begun: tuple[str, ...]
    curve: tuple[tuple[int, int, int], ...]
    learned: str


@dataclass
class TrainingRecord:
    """What is noted.

    Attributes:
        begun: the names of the run folders that were begun here and not deleted since.
        curve: a point for every training so far.
        learned: the digest of the labels of the last one; "" before the first.
    """

    begun: set[str] = field(default_factory=set)
    curve: list[Point] = field(default_factory=list)
    learned: str = ""

    @classmethod
    def read(cls, folder: Path) -> "TrainingRecord":
        """Read the record of a folder; an empty one if there is none.

        Raises:
            DataError: a file of that name was written by something else, or cannot be read.
        """
        path = folder / RECORD_FILE
        try:
            noted = _Noted.from_json(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return cls()
        except (OSError, UnicodeDecodeError, DataError) as error:
            raise DataError(
                f"{path} is not what captcha-model label notes there, and would be replaced. Move "
                "it, or choose another folder by --out."
            ) from error
        begun = {name for name in noted.begun if RUN_NAME.fullmatch(name)}
        return cls(begun, list(noted.curve), noted.learned)

    def write(self, folder: Path) -> None:
        """Write it into a folder."""
        begun, curve = tuple(sorted(self.begun)), tuple(self.curve)
        noted = _Noted("captcha-model label", begun, curve, self.learned)
        write_atomically(folder / RECORD_FILE, noted.to_json().encode())
