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

from captcha_model.data.samples import LabelledImages
from captcha_model.decoding import decode_texts
from captcha_model.errors import TrainingError
from captcha_model.files import write_atomically
from captcha_model.metrics import character_error_rate, word_accuracy
from captcha_model.preprocessing import to_batch
from captcha_model.runtimes.keras import KerasRuntime
from captcha_model.training.state import EpochRecord, TrainingState, save_state
from captcha_model.vocabulary import Vocabulary

BATCH = 128


class Validator(keras.callbacks.Callback):
    """Reads the validation part after every epoch, and keeps the best weights.

    It is the first of the callbacks: the others find the epoch in `state.history`.

    Args:
        state: takes in every epoch.
        images: the validation part.
        vocabulary: of the network.
        started: `time.perf_counter()` of the training's beginning.
        before: seconds that earlier runs of the same training took.
        patience: stop after so many epochs without a better one.
    """

    def __init__(
        self,
        state: TrainingState,
        images: LabelledImages,
        vocabulary: Vocabulary,
        *,
        started: float,
        before: float,
        patience: int,
    ) -> None:
        super().__init__()
        self._state = state
        self._images = images
        self._vocabulary = vocabulary
        self._started = started
        self._before = before
        self._patience = patience
        self._runtime: KerasRuntime | None = None

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Validate; stop on a loss that is no number, or when nothing improves any more."""
        loss = float((logs or {})["loss"])
        if not np.isfinite(loss):
            raise TrainingError(
                f"The loss of epoch {epoch + 1} is {loss}. Try a lower learning rate.",
                code="LOSS_NOT_FINITE",
            )
        self._runtime = self._runtime or KerasRuntime(self.model)
        pixels, labels = self._images.pixels, self._images.labels
        batches = (to_batch(pixels[i : i + BATCH]) for i in range(0, len(pixels), BATCH))
        logits = np.concatenate([self._runtime.logits(batch) for batch in batches])
        targets = self._vocabulary.encode_batch(labels)
        readings = decode_texts(logits, self._vocabulary.characters)
        record = EpochRecord(
            epoch=epoch + 1,
            seconds=round(self._before + time.perf_counter() - self._started, 2),
            learning_rate=float(self.model.optimizer.learning_rate),
            loss=loss,
            val_loss=float(keras.losses.CTC()(targets, logits)),
            val_cer=character_error_rate(labels, readings),
            val_word_accuracy=word_accuracy(labels, readings),
        )
        self._state.add(record, self.model.get_weights())
        best = self._state.best
        if best and record.epoch - best.epoch >= self._patience:
            self.model.stop_training = True


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
