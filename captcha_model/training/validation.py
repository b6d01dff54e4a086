"""Reading the validation part after every epoch."""

import time
from typing import Any

import keras
import numpy as np

from captcha_model.data.samples import ImageSet
from captcha_model.decoding.heads import OutputHead, decode_texts
from captcha_model.errors import TrainingError
from captcha_model.images.preprocessing import to_batch
from captcha_model.metrics.text import character_error_rate, word_accuracy
from captcha_model.runtimes.keras import KerasRuntime
from captcha_model.training.batches import Encode
from captcha_model.training.history import EpochRecord
from captcha_model.training.resume.state import TrainingState

BATCH = 128
LOSS_NOT_FINITE = "LOSS_NOT_FINITE"


class Validator(keras.callbacks.Callback):
    """Reads the validation part after every epoch, and keeps the best weights.

    It reads by the best path alone: as long as a network knows little, the search for a likelier
    text takes as long as a fifth of an epoch, and it seldom finds one when the network knows more.

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
        output: OutputHead,
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

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        """Stop on a loss that is no number: no later step mends it."""
        self._check(np.isfinite(float((logs or {}).get("loss", 0))))

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Validate; stop on a loss or weights that are no numbers."""
        logs = {} if logs is None else logs
        loss = float(logs["loss"])
        self._check(np.isfinite(loss))
        val_loss, labels, readings = self._read()
        self._check(np.isfinite(val_loss))
        weights = self.model.get_weights()
        # What the last step did to them shows in no loss yet, and they would count as good.
        self._check(all(np.isfinite(w).all() for w in weights))
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
        self._state.add(record, weights)

    def _check(self, finite: bool | np.bool_) -> None:
        if not finite:
            raise TrainingError(
                f"The loss of epoch {self._state.epochs_done + 1} is not a finite number. "
                "Try a lower learning rate.",
                code=LOSS_NOT_FINITE,
            )

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
            readings += decode_texts(logits, self._characters, self._output, beam_width=0)
        return total / len(self._images), labels, readings
