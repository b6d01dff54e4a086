"""What happens around the steps of a training: validation, memory, progress."""

import csv
import dataclasses
import io
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
from tqdm import tqdm

from captcha_model.data.samples import ImageSet
from captcha_model.errors import TrainingError
from captcha_model.files import write_atomically
from captcha_model.metrics import character_error_rate, word_accuracy
from captcha_model.outputs import Output, decode_texts
from captcha_model.preprocessing import to_batch
from captcha_model.runtimes.keras import KerasRuntime
from captcha_model.training.batches import Encode
from captcha_model.training.history import EpochRecord, epochs_without_progress, plateaus
from captcha_model.training.settings import TrainingSettings
from captcha_model.training.state import TrainingState, save_state

BATCH = 128


class Validator(keras.callbacks.Callback):
    """Reads the validation part after every epoch, and keeps the best weights.

    It is the first of the callbacks: the others find the epoch in `state.history`, and Keras's own
    find its figures in the logs.

    Args:
        state: takes in every epoch.
        images: the validation part.
        characters: of the network's vocabulary.
        output: what the network's steps mean.
        encode: turns labels into targets.
        loss: that of the training.
        started: `time.perf_counter()` of the training's beginning.
        before: seconds that earlier runs of the same training took.
    """

    def __init__(
        self,
        state: TrainingState,
        images: ImageSet,
        characters: str,
        output: Output,
        encode: Encode,
        loss: keras.losses.Loss,
        *,
        started: float,
        before: float,
    ) -> None:
        super().__init__()
        self._state = state
        self._images = images
        self._characters = characters
        self._output = output
        self._encode = encode
        self._loss = loss
        self._started = started
        self._before = before
        self._runtime: KerasRuntime | None = None

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Validate; stop on a loss that is no number."""
        logs = {} if logs is None else logs
        loss = float(logs["loss"])
        if not np.isfinite(loss):
            raise TrainingError(
                f"The loss of epoch {epoch + 1} is {loss}. Try a lower learning rate.",
                code="LOSS_NOT_FINITE",
            )
        val_loss, labels, readings = self._read()
        record = EpochRecord(
            epoch=epoch + 1,
            seconds=round(self._before + time.perf_counter() - self._started, 2),
            learning_rate=float(self.model.optimizer.learning_rate),
            loss=loss,
            val_loss=val_loss,
            val_cer=character_error_rate(labels, readings),
            val_word_accuracy=word_accuracy(labels, readings),
        )
        logs.update(
            val_loss=record.val_loss,
            val_cer=record.val_cer,
            val_word_accuracy=record.val_word_accuracy,
            learning_rate=record.learning_rate,
        )
        self._state.add(record, self.model.get_weights())

    def _read(self) -> tuple[float, list[str], list[str]]:
        """Return the mean loss, the labels and the readings of the validation part."""
        self._runtime = self._runtime or KerasRuntime(self.model)
        total = 0.0
        labels: list[str] = []
        readings: list[str] = []
        for start in range(0, len(self._images), BATCH):
            chosen = self._images.select(range(start, min(start + BATCH, len(self._images))))
            logits = self._runtime.logits(to_batch(chosen.pixels))
            total += float(self._loss(self._encode(chosen.labels), logits)) * len(chosen)
            labels += chosen.labels
            readings += decode_texts(logits, self._characters, self._output)
        return total / len(self._images), labels, readings


class Pacer(keras.callbacks.Callback):
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
        if settings.plateau_patience is not None:
            times = plateaus(history, settings.monitor, settings.plateau_patience)
            rate = settings.learning_rate * settings.plateau_factor**times
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


class Keeper(keras.callbacks.Callback):
    """Writes the checkpoint and the history after every epoch, each atomically.

    Args:
        state: what to write.
        checkpoint: the file to resume from; None writes none.
        history: the CSV file; None writes none.
        purpose: what the run was told.
    """

    def __init__(
        self,
        state: TrainingState,
        *,
        checkpoint: Path | None,
        history: Path | None,
        purpose: dict[str, Any],
    ) -> None:
        super().__init__()
        self._state = state
        self._checkpoint = checkpoint
        self._history = history
        self._purpose = purpose

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        """Write both files."""
        if self._checkpoint:
            save_state(self._checkpoint, self._state, self.model, self._purpose)
        if self._history:
            write_atomically(self._history, history_csv(self._state).encode())


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
