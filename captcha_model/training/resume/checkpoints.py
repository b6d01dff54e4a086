"""The files that a training goes on from: its newest state and the one before that.

Each file holds everything (see `captcha_model.training.resume.state`) and is named by its epoch, so that
no moment of writing leaves less than one whole file, and a damaged one has a predecessor.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from captcha_model._utils.atomic_files import write_atomically
from captcha_model.errors import TrainingError

HISTORY_FILE = "history.csv"
DAMAGED = "CHECKPOINT_DAMAGED"

_NAME = re.compile(r"checkpoint-(\d+)\.npz", re.ASCII)

Parsed = TypeVar("Parsed")


def checkpoints(folder: Path) -> dict[int, Path]:
    """Return the checkpoints of a run's folder by their epochs, the newest first."""
    if not folder.is_dir():
        return {}
    named = ((_NAME.fullmatch(path.name), path) for path in folder.iterdir())
    found = {int(match[1]): path for match, path in named if match}
    return dict(sorted(found.items(), reverse=True))


def write_checkpoint(folder: Path, epoch: int, data: bytes) -> None:
    """Write the checkpoint of an epoch, and delete all but it and the one before.

    Args:
        folder: of the run.
        epoch: how many are done.
        data: see `captcha_model.training.resume.state`.

    Raises:
        TrainingError: it cannot be written; the earlier ones are as they were.
    """
    try:
        write_atomically(folder / f"checkpoint-{epoch:06d}.npz", data)
    except OSError as error:
        kept = [number for number in checkpoints(folder) if number < epoch]
        left = f"That of epoch {kept[0]} is kept" if kept else "There is none yet"
        raise TrainingError(
            f"The checkpoint of epoch {epoch} cannot be written: {error.strerror}. {left}. "
            "Make room, and go on with --resume.",
            code="CHECKPOINT_NOT_WRITTEN",
        ) from error
    for number, path in checkpoints(folder).items():
        if number not in (epoch, epoch - 1):
            path.unlink(missing_ok=True)


def read_newest(
    folder: Path, parse: Callable[[Path], Parsed], note: Callable[[str], None]
) -> Parsed:
    """Read the newest checkpoint, or the one before where the newest is damaged.

    Args:
        folder: of the run.
        parse: reads a file; raises `TrainingError` with the code `DAMAGED` where it cannot.
        note: is told what was passed over.

    Raises:
        TrainingError: there is none, or all are damaged, or `parse` has another reason.
    """
    found = checkpoints(folder)
    if not found:
        raise TrainingError(
            f"There is nothing to resume: {folder} holds no checkpoint.", code="NOTHING_TO_RESUME"
        )
    damage: TrainingError | None = None
    for path in found.values():
        try:
            parsed = parse(path)
        except TrainingError as error:
            if error.code != DAMAGED:
                raise
            damage = damage or error
            continue
        if damage:
            note(f"{damage} Going on from the one before, {path.name}.")
        return parsed
    assert damage is not None
    raise damage
