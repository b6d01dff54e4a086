"""What the epochs gave, and what follows from it: the best one, when to slow down, when to stop.

All of it is computed from the history alone, so a resumed run decides as an uninterrupted one.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class EpochRecord:
    """What one epoch gave.

    Attributes:
        epoch: counted from 1.
        seconds: wall time since training began, over all its runs.
        learning_rate: at the epoch's end.
        loss: the mean loss of the training batches, as augmented.
        val_loss: the mean loss of the validation part.
        val_cer: its character error rate.
        val_word_accuracy: its share of texts read without a mistake.
    """

    epoch: int
    seconds: float
    learning_rate: float
    loss: float
    val_loss: float
    val_cer: float
    val_word_accuracy: float

    def quality(self, monitor: str) -> tuple[float, ...]:
        """Return what makes one epoch better than another; the larger tuple is the better epoch.

        Args:
            monitor: "loss", or "cer", or "words" for words first and the CER among equals. As long
                as no word is read, the loss counts for all of them: what CTC reads on its way to
                all blanks has a lower CER than many an epoch that has learned more. Later the loss
                would mislead: it mostly tells how surely the few images with a wrong label are
                read as they should be.
        """
        if monitor == "loss":
            return (-self.val_loss,)
        if self.val_word_accuracy == 0:
            return (0.0, -1.0, -self.val_loss)
        words = self.val_word_accuracy if monitor == "words" else 1.0
        return (words, -self.val_cer, 0.0)


def best_of(history: Sequence[EpochRecord], monitor: str) -> EpochRecord | None:
    """Return the best epoch, of equals the last one, because it has learned at a lower rate."""
    return max(history, key=lambda r: (r.quality(monitor), r.epoch), default=None)


def epochs_without_progress(history: Sequence[EpochRecord], monitor: str) -> int:
    """Return how many epochs have passed since one was better than all before it."""
    qualities = [record.quality(monitor) for record in history]
    return len(history) - 1 - qualities.index(max(qualities)) if history else 0


def plateaus(history: Sequence[EpochRecord], monitor: str, patience: int) -> int:
    """Count how often `patience` epochs in a row brought no progress; each is counted once."""
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
