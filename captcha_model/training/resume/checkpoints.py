"""The checkpoint files of a run: the newest one and the one before it.

Each file holds the complete state (see `captcha_model.training.resume.state`) and is named after
its epoch. So there is at least one complete file at any time, and a damaged one has a predecessor.
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
    """Return the checkpoints in a run folder by epoch, the newest first."""
    if not folder.is_dir():
        return {}
    named = ((_NAME.fullmatch(path.name), path) for path in folder.iterdir())
    found = {int(match[1]): path for match, path in named if match}
    return dict(sorted(found.items(), reverse=True))


def write_checkpoint(folder: Path, epoch: int, data: bytes) -> None:
    """Write the checkpoint of an epoch, and delete all others except the previous one.

    Args:
        folder: the run folder.
        epoch: the number of complete epochs.
        data: the bytes of the checkpoint; see `captcha_model.training.resume.state`.

    Raises:
        TrainingError: it cannot be written; the earlier checkpoints are unchanged.
    """
    try:
        write_atomically(folder / f"checkpoint-{epoch:06d}.npz", data)
    except OSError as error:
        kept = [number for number in checkpoints(folder) if number < epoch]
        left = f"That of epoch {kept[0]} is kept" if kept else "There is no earlier one"
        raise TrainingError(
            f"The checkpoint of epoch {epoch} cannot be written: {error.strerror}. {left}. "
            "Free some space, and continue with --resume.",
            code="CHECKPOINT_NOT_WRITTEN",
        ) from error
    for number, path in checkpoints(folder).items():
        if number not in (epoch, epoch - 1):
            path.unlink(missing_ok=True)


def read_newest(
    folder: Path, parse: Callable[[Path], Parsed], note: Callable[[str], None]
) -> Parsed:
    """Read the newest checkpoint, or the one before it if the newest is damaged.

    Args:
        folder: the run folder.
        parse: reads a file; raises `TrainingError` with the code `DAMAGED` if it is damaged.
        note: receives a message about each damaged file.

    Raises:
        TrainingError: there is no checkpoint, all are damaged, or `parse` fails otherwise.
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
            note(f"{damage} Resuming from the one before, {path.name}.")
        return parsed
    assert damage is not None
    raise damage
