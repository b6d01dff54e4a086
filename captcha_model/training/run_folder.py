"""The folder of a training run: its file names, and whether a run may start or resume in it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from captcha_model._utils.atomic_files import is_free
from captcha_model.errors import TrainingError
from captcha_model.storage.manifest import MODEL_OF_RUN
from captcha_model.training.resume.checkpoints import HISTORY_FILE, checkpoints
from captcha_model.training.resume.lock import LOCK_FILE
from captcha_model.training.run_config.run import parse_yaml

RUNS = Path("runs")
MODEL_FOLDER = MODEL_OF_RUN
RUN_FILE = "run.yaml"
LOG_FILE = "train.log"
REPORT_FILE = "validation.json"
SAMPLES_PLOT = "samples.png"
PREDICTIONS_PLOT = "predictions.png"
CURVES_PLOT = "learning-curves.png"
PSEUDO_LABELS_FILE = "pseudo-labels.csv"

_NAMED = re.compile(r"train-([0-9]{1,9})")


def check_folder(folder: Path, *, resume: bool) -> bool:
    """Check that a new run does not mix with files that are there, or that there is one to resume.

    Args:
        folder: the run folder.
        resume: whether to continue an interrupted run.

    Returns:
        Whether there is a checkpoint to resume from. A run that was killed in its first epoch has
        none, and no history either; it starts again.

    Raises:
        TrainingError: the folder is not empty, or there is nothing to resume.
    """
    if not resume:
        if not is_free(folder, besides=LOCK_FILE):
            raise TrainingError(f"{folder} exists and is not empty. {_what_to_do(folder)}")
        return False
    if not checkpoints(folder) and not _began(folder):
        what = "holds no checkpoint"
        if (folder / MODEL_FOLDER).exists():
            what = f"holds a finished run, with its model in {folder / MODEL_FOLDER}"
        raise TrainingError(
            f"There is nothing to resume: {folder} {what}.", code="NOTHING_TO_RESUME"
        )
    return bool(checkpoints(folder))


def _began(folder: Path) -> bool:
    """Return whether a run began in a folder and got neither to its history nor to its model."""
    # A run may write no history, and its model must not be trained over.
    got_on = any((folder / name).exists() for name in (HISTORY_FILE, MODEL_FOLDER))
    return (folder / RUN_FILE).exists() and not got_on


def _what_to_do(folder: Path) -> str:
    if not (folder / MODEL_FOLDER).exists():
        if checkpoints(folder) or _began(folder):
            return "Resume its run with --resume, or choose another folder."
        return "Choose another folder."
    model = f"Its run has a model, {folder / MODEL_FOLDER}"
    if checkpoints(folder):
        return f"{model}. Resume it with --resume, or choose another folder."
    return f"{model}, and is finished. Choose another folder."


@contextmanager
def named_folder(parent: Path = RUNS) -> Iterator[Path]:
    """Make a run folder with the next number: `runs/train-1`, `runs/train-2`.

    A folder that is empty at the end is removed: the run failed before it wrote anything.

    Args:
        parent: the folder of the runs; made if it is missing.
    """
    new = not parent.exists()
    while True:
        numbers = [_NAMED.fullmatch(path.name) for path in parent.glob("train-*")]
        folder = parent / f"train-{1 + max((int(n[1]) for n in numbers if n), default=0)}"
        try:
            folder.mkdir(parents=True)
            break
        except FileExistsError:  # Another run was faster.
            continue
    try:
        yield folder
    finally:
        with suppress(OSError):  # Not empty: the usual case.
            folder.rmdir()
            if new:
                parent.rmdir()


def read_run_file(path: Path) -> dict[str, Any]:
    """Return the settings in a YAML file, such as the `run.yaml` of a run.

    Raises:
        OSError: it cannot be read.
        ConfigError: it is not YAML, or not a mapping.
    """
    return parse_yaml(path.read_text(encoding="utf-8"), path.name)
