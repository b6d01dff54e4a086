"""The history of a training, and what follows from it: the best epoch, plateaus, early stopping.

Everything is computed from the history alone, so a resumed run decides as an uninterrupted one.
"""

import csv
import dataclasses
import io
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class EpochRecord:
    """The metrics of one epoch.

    Attributes:
        epoch: counted from 1.
        seconds: wall time since the start of the training, over all its runs.
        learning_rate: at the end of the epoch.
        loss: the mean loss of the training batches, with augmentation.
        val_loss: the mean loss on the validation split; None, as the next two, without one.
        val_cer: the character error rate on the validation split.
        val_word_accuracy: the fraction of its texts that are read without a mistake.
    """

    epoch: int
    seconds: float
    learning_rate: float
    loss: float
    val_loss: float | None = None
    val_cer: float | None = None
    val_word_accuracy: float | None = None

    def quality(self, monitor: str) -> tuple[float, ...]:
        """Return the rank of the epoch: of two epochs the better one has the larger tuple.

        Args:
            monitor: "loss", "cer", or "words" for the word accuracy, and the CER among equals. As
                long as no word is read correctly, the loss decides for all of them, because a
                network that is about to output only blanks has a lower CER than many a better
                one. Later the loss would be misleading: it is dominated by the few images with a
                wrong label.

        Without a validation split the last epoch is the best.
        """
        if self.val_loss is None or self.val_cer is None or self.val_word_accuracy is None:
            return (float(self.epoch),)
        if monitor == "loss":
            return (-self.val_loss,)
        if self.val_word_accuracy == 0:
            return (0.0, -1.0, -self.val_loss)
        words = self.val_word_accuracy if monitor == "words" else 1.0
        return (words, -self.val_cer, 0.0)


def history_csv(history: Sequence[EpochRecord]) -> str:
    """Return a history as CSV, one row per epoch."""
    table = io.StringIO()
    rows = csv.writer(table, lineterminator="\n")
    rows.writerow([field.name for field in dataclasses.fields(EpochRecord)])
    rows.writerows(dataclasses.astuple(record) for record in history)
    return table.getvalue()


def best_of(history: Sequence[EpochRecord], monitor: str) -> EpochRecord | None:
    """Return the best epoch; of equal ones the last, which had a lower learning rate."""
    return max(history, key=lambda r: (r.quality(monitor), r.epoch), default=None)


def epochs_without_progress(history: Sequence[EpochRecord], monitor: str) -> int:
    """Return the number of epochs since the last one that was better than all before it."""
    qualities = [record.quality(monitor) for record in history]
    return len(history) - 1 - qualities.index(max(qualities)) if history else 0


def plateaus(history: Sequence[EpochRecord], monitor: str, patience: int) -> int:
    """Count how often `patience` epochs in a row had no progress; each epoch counts once."""
    count = waited = 0
    best: tuple[float, ...] | None = None
    for record in history:
        quality = record.quality(monitor)
        if best is None or quality > best:
            best, waited = quality, 0
            continue
        waited += 1
        if waited == patience:
            count, waited = count + 1, 0
    return count
