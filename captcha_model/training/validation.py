"""Evaluation on the validation split after every epoch."""

import time
from typing import Any

import keras
import numpy as np

from captcha_model.config import CaptchaConfig
from captcha_model.data.label_lengths import check_image_lengths
from captcha_model.data.samples import ImageSet
from captcha_model.decoding.heads import OutputHead, decode_texts
from captcha_model.decoding.letter_case import comparable
from captcha_model.errors import TrainingError
from captcha_model.inference.pipeline import run_network
from captcha_model.metrics.text import character_error_rate, word_accuracy
from captcha_model.runtimes.keras import KerasRuntime
from captcha_model.training.batches import Encode
from captcha_model.training.history import EpochRecord
from captcha_model.training.resume.state import TrainingState

BATCH = 128
LOSS_NOT_FINITE = "LOSS_NOT_FINITE"


class Validator(keras.callbacks.Callback):
    """Reads the validation split after every epoch, and keeps the weights of the best one.

    Without a validation split it keeps those of the last one.

    It decodes the best path only. In early epochs a beam search would take up to a fifth of an
    epoch's time; in later ones it rarely finds a likelier text.

    It must be the first callback: the others take the epoch's record from `state.history`, and
    Keras's own take its metrics from the logs.

    Args:
        state: receives the record of every epoch.
        images: the validation split, if there is one.
        runtime: runs the network that is trained.
        config: the model that is trained.
        output: the output head of the network.
        encode: turns labels into targets.
        loss: of the validation: the training loss without the aggregation cross-entropy.
        started: `time.perf_counter()` at the start of the training.
        before: seconds that earlier runs of the same training took.
    """

    def __init__(
        self,
        state: TrainingState,
        images: ImageSet | None,
        runtime: KerasRuntime,
        config: CaptchaConfig,
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
        self._runtime = runtime
        self._config = config
        self._output = output
        self._encode = encode
        self._loss = loss
        self._started = started
        self._before = before

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        """Stop on a NaN or infinite loss: no later step can recover from it."""
        self._check(np.isfinite(float((logs or {}).get("loss", 0))))

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Evaluate; stop on a NaN or infinite loss or weight."""
        logs = {} if logs is None else logs
        loss = float(logs["loss"])
        self._check(np.isfinite(loss))
        measured = self._measure(self._images) if self._images is not None else {}
        self._check(np.isfinite(measured.get("val_loss", 0)))
        weights = self.model.get_weights()
        # The loss was computed before the last update, so it does not show NaN weights yet.
        self._check(all(np.isfinite(w).all() for w in weights))
        record = EpochRecord(
            epoch=epoch + 1,
            seconds=round(self._before + time.perf_counter() - self._started, 2),
            learning_rate=float(self.model.optimizer.learning_rate),
            loss=loss,
            **measured,
        )
        logs.update(measured, learning_rate=record.learning_rate)
        self._state.add(record, weights)

    def _check(self, finite: bool | np.bool_) -> None:
        if not finite:
            raise TrainingError(
                f"The loss of epoch {self._state.epochs_done + 1} is not a finite number. "
                "Try a lower learning rate.",
                code=LOSS_NOT_FINITE,
            )

    def _measure(self, images: ImageSet) -> dict[str, float]:
        """Return the fields of the epoch's record that rest on the validation split.

        Raises:
            DataError: a label is too long for the width of its image.
        """
        total = 0.0
        labels: list[str] = []
        readings: list[str] = []
        for start in range(0, len(images), BATCH):
            chosen = images.select(range(start, min(start + BATCH, len(images))))
            check_image_lengths(chosen, self._config)  # Streamed images are decoded only now.
            logits = run_network(self._runtime, chosen.pixels)
            total += float(self._loss(self._encode(chosen.labels), logits)) * len(chosen)
            labels += chosen.labels
            texts = decode_texts(logits, self._config.characters, self._output, beam_width=0)
            readings += map(self._config.vocabulary.in_reading_order, texts)
        labels, readings = (
            [comparable(text, self._config.case) for text in texts] for texts in (labels, readings)
        )
        return {
            "val_loss": total / len(images),
            "val_cer": character_error_rate(labels, readings),
            "val_word_accuracy": word_accuracy(labels, readings),
        }
