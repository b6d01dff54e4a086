"""What a training run is told."""

import dataclasses
from dataclasses import dataclass
from typing import Any, Literal

from captcha_model.errors import TrainingError


@dataclass(frozen=True)
class TrainingSettings:
    """How to train; the defaults are what the bundled model's figures rest on.

    Attributes:
        epochs: passes over the training images; the schedule is stretched to them.
        batch_size: images a step.
        learning_rate: the peak of the one-cycle schedule.
        weight_decay: of AdamW, decoupled from the loss.
        clip_norm: the largest gradient norm a variable may have.
        augment: whether training images are changed at random.
        patience: stop after so many epochs without a better validation result.
        keep: "best" keeps the weights of the best epoch on the validation part, "last" those of the
            last one, whatever it gave; cross-validation must not choose.
        seed: of the first weights, the order of images, dropout and augmentation.
    """

    epochs: int = 30
    batch_size: int = 32
    learning_rate: float = 3e-3
    weight_decay: float = 1e-2
    clip_norm: float = 5.0
    augment: bool = True
    patience: int = 15
    keep: Literal["best", "last"] = "best"
    seed: int = 0

    def __post_init__(self) -> None:
        for name, low in (("epochs", 1), ("batch_size", 1), ("patience", 1), ("seed", 0)):
            value = getattr(self, name)
            if type(value) is not int or value < low:
                raise TrainingError(f"{name} is a whole number from {low}. Received: {value!r}")
        if self.keep not in ("best", "last"):
            raise TrainingError(f"keep is 'best' or 'last'. Received: {self.keep!r}")
        for name in ("learning_rate", "clip_norm"):
            value = getattr(self, name)
            if not 0 < value < float("inf"):
                raise TrainingError(f"{name} is a number above 0. Received: {value!r}")
        if not 0 <= self.weight_decay < 1:
            raise TrainingError(f"weight_decay is from 0 to below 1. Received: {self.weight_decay}")

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as plain values."""
        return dataclasses.asdict(self)
