"""Keras callbacks of the training loop: learning rate, early stopping, checkpoints, progress."""

from pathlib import Path
from typing import Any

import keras

from captcha_model._utils.atomic_files import write_atomically
from captcha_model.training.endings import ending
from captcha_model.training.history import history_csv, plateaus
from captcha_model.training.losses import CTCWithACE
from captcha_model.training.progress import EpochBar, best_figures, epoch_line
from captcha_model.training.reporter import Reporter
from captcha_model.training.resume.checkpoints import HISTORY_FILE, write_checkpoint
from captcha_model.training.resume.state import TrainingState, pack_state
from captcha_model.training.run_config.settings import TrainingSettings


class EarlyStoppingAndLR(keras.callbacks.Callback):
    """Lowers the learning rate on a plateau, and stops without progress or when time is up.

    Keras's own callbacks keep their counters in memory. This one computes everything from the
    history, so a resumed training decides as an uninterrupted one.

    Args:
        state: holds the history.
        settings: the learning rate and the two patiences.
    """

    def __init__(self, state: TrainingState, settings: TrainingSettings) -> None:
        super().__init__()
        self._state = state
        self._settings = settings

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        """Set the learning rate of the next epoch, or stop."""
        settings, history = self._settings, self._state.history
        if settings.reduce_lr_patience is not None:
            times = plateaus(history, settings.monitor, settings.reduce_lr_patience)
            rate = settings.learning_rate * settings.reduce_lr_factor**times
            self.model.optimizer.learning_rate = rate
        if ending(self._state, settings):
            self.model.stop_training = True


class ACEWeightSchedule(keras.callbacks.Callback):
    """Sets the weight of the aggregation cross-entropy before every epoch.

    The weight depends on the number of the epoch only, so it needs no checkpoint. JAX compiles it
    into the training step, which is therefore compiled again where the weight changes.

    Args:
        loss: the loss whose weight is set.
        epochs: the number of epochs of the whole training.
    """

    def __init__(self, loss: CTCWithACE, epochs: int) -> None:
        super().__init__()
        self._loss = loss
        self._weight = loss.full_weight
        self._epochs = epochs

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        """Set the weight."""
        before, self._weight = self._weight, self._loss.set_progress(epoch / self._epochs)
        if keras.backend.backend() == "jax" and self._weight != before:
            self.model.make_train_function(force=True)


class CheckpointWriter(keras.callbacks.Callback):
    """Writes the checkpoint and the history after every epoch, each atomically.

    Args:
        state: what to write.
        folder: receives both files; None writes nothing.
        fingerprint: the settings that a resumed run must have too; saved in the checkpoint.
        csv_log: whether to write the history.
    """

    def __init__(
        self,
        state: TrainingState,
        *,
        folder: Path | None,
        fingerprint: dict[str, Any],
        csv_log: bool,
    ) -> None:
        super().__init__()
        self._state = state
        self._folder = folder
        self._fingerprint = fingerprint
        self._csv_log = csv_log

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        """Write both files."""
        if self._folder:
            packed = pack_state(self._state, self.model, self._fingerprint)
            write_checkpoint(self._folder, self._state.epochs_done, packed)
        self.write_history()

    def write_history(self) -> None:
        """Write the history alone: a process that was killed may have left an older one."""
        if self._folder and self._csv_log:
            write_atomically(self._folder / HISTORY_FILE, history_csv(self._state.history).encode())


class Progress(keras.callbacks.Callback):
    """Shows a bar over the epochs on a terminal, and reports one line per epoch elsewhere.

    Args:
        state: holds the results of the epochs.
        steps: the number of steps of one epoch.
        settings: the number of epochs and the time limit.
        reporter: receives the lines, and decides whether there may be a bar. The log has the lines
            in any case.
    """

    def __init__(
        self, state: TrainingState, *, steps: int, settings: TrainingSettings, reporter: Reporter
    ) -> None:
        super().__init__()
        self._state = state
        self._reporter = reporter
        self._epochs = settings.epochs
        self._stars = settings.restore_best
        before = state.history[-1].seconds if state.history else 0.0
        self._bar = EpochBar(
            steps * settings.epochs,
            initial=steps * state.epochs_done,
            title=f"epoch {state.epochs_done + 1} of {settings.epochs}",
            shown=reporter.epoch_bar,
            seconds=None if settings.minutes is None else 60 * settings.minutes - before,
        )

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        """Name the epoch."""
        self._bar.set_description_str(f"epoch {epoch + 1} of {self._epochs}")

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        """Advance the bar."""
        self._bar.update()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        """Report the epoch."""
        record, best = self._state.history[-1], self._state.best
        line = epoch_line(record, is_best=self._stars and best is record)
        if self._bar.disable:
            self._reporter.line(line)
        else:
            self._reporter.log(line)
            self._bar.set_postfix_str(best_figures(best or record))

    def close(self) -> None:
        """End the bar, also after an interrupt."""
        self._bar.close()
