"""What happens around the steps of a training: pace, memory, progress."""

import csv
import dataclasses
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
from tqdm import tqdm

from captcha_model._utils.atomic_files import write_atomically
from captcha_model.training.history import EpochRecord, epochs_without_progress, plateaus
from captcha_model.training.resume.checkpoints import HISTORY_FILE, write_checkpoint
from captcha_model.training.resume.state import TrainingState, pack_state
from captcha_model.training.run_config.settings import TrainingSettings


class EarlyStoppingAndLR(keras.callbacks.Callback):
    """Slows down on a plateau, and stops where nothing improves or the time is over.

    Args:
        state: where the history is.
        settings: the learning rate, and when to slow down and to stop.
    """

    def __init__(self, state: TrainingState, settings: TrainingSettings) -> None:
        super().__init__()
        self._state = state
        self._settings = settings

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        """Decide from the history alone."""
        settings, history = self._settings, self._state.history
        if settings.reduce_lr_patience is not None:
            times = plateaus(history, settings.monitor, settings.reduce_lr_patience)
            rate = settings.learning_rate * settings.reduce_lr_factor**times
            self.model.optimizer.learning_rate = rate
        if finished(self._state, settings):
            self.model.stop_training = True


def finished(state: TrainingState, settings: TrainingSettings) -> bool:
    """Return whether a training is over: all epochs, no progress for long, or no time left."""
    if state.epochs_done >= settings.epochs:
        return True
    if settings.patience is not None:
        waited = epochs_without_progress(state.history, settings.monitor)
        if waited >= settings.patience:
            return True
    seconds = state.history[-1].seconds if state.history else 0.0
    return settings.minutes is not None and seconds >= 60 * settings.minutes


class CheckpointWriter(keras.callbacks.Callback):
    """Writes the checkpoint and the history after every epoch, each atomically.

    Args:
        state: what to write.
        folder: takes both; None writes nothing.
        purpose: what the run was told.
        csv_log: whether the history is wanted.
    """

    def __init__(
        self, state: TrainingState, *, folder: Path | None, purpose: dict[str, Any], csv_log: bool
    ) -> None:
        super().__init__()
        self._state = state
        self._folder = folder
        self._purpose = purpose
        self._csv_log = csv_log

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        """Write both files."""
        if self._folder:
            packed = pack_state(self._state, self.model, self._purpose)
            write_checkpoint(self._folder, self._state.epochs_done, packed)
        self.write_history()

    def write_history(self) -> None:
        """Write the history alone: a process that was killed may have left an older one."""
        if self._folder and self._csv_log:
            write_atomically(self._folder / HISTORY_FILE, history_csv(self._state).encode())


def history_csv(state: TrainingState) -> str:
    """Return the history as CSV, one row an epoch."""
    table = io.StringIO()
    rows = csv.writer(table, lineterminator="\n")
    rows.writerow([field.name for field in dataclasses.fields(EpochRecord)])
    rows.writerows(dataclasses.astuple(record) for record in state.history)
    return table.getvalue()


class Progress(keras.callbacks.Callback):
    """A bar over all steps with the time that is left, and a line for every epoch.

    Args:
        state: where the epoch's results are.
        steps: the number of steps of one epoch.
        epochs: the number of epochs.
        say: prints a line.
    """

    def __init__(
        self, state: TrainingState, *, steps: int, epochs: int, say: Callable[[str], None]
    ) -> None:
        super().__init__()
        self._state = state
        self._say = say
        self._bar = tqdm(
            total=steps * epochs,
            initial=steps * state.epochs_done,
            desc="training",
            unit="step",
            dynamic_ncols=True,
        )

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        """Move the bar."""
        self._bar.update()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        """Print the epoch's line."""
        record = self._state.history[-1]
        mark = " *" if self._state.best is record else ""
        self._say(
            f"epoch {record.epoch:3d}  {record.seconds:6.1f} s  loss {record.loss:7.3f}  "
            f"validation: loss {record.val_loss:7.3f}  CER {record.val_cer:7.2%}  "
            f"words {record.val_word_accuracy:7.2%}{mark}"
        )

    def close(self) -> None:
        """Take the bar away, also after an interrupt."""
        self._bar.close()
