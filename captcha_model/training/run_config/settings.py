"""The settings of the training itself; their defaults are the recipe `crnn`."""

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from captcha_model.errors import TrainingError

OPTIMIZERS = ("adamw", "adam", "nadam", "rmsprop", "sgd")
SCHEDULES = ("one-cycle", "square-root", "constant")
MONITORS = ("words", "cer", "loss")

# The largest strength of every random change; 0 turns it off. The units of a strength are in
# `captcha_model.data.transforms.augmentation`.
AUGMENTATIONS = {
    "rotation": 45.0,
    "shift_x": 0.5,
    "shift_y": 0.5,
    "zoom": 0.5,
    "shear": 1.0,
    "strike_lines": 1.0,
    "morphology": 1.0,
    "brightness": 1.0,
    "contrast": 0.9,
    "cutout": 1.0,
    "blur": 1.0,
    "noise": 1.0,
    "jpeg": 1.0,
}

DEFAULT_AUGMENTATION = MappingProxyType(
    {
        "rotation": 8.0,
        "shift_x": 0.05,
        "shift_y": 0.08,
        "zoom": 0.1,
        "shear": 0.15,
        "strike_lines": 0.8,
        "brightness": 0.15,
        "contrast": 0.2,
        "cutout": 0.9,
        "blur": 0.2,
        "noise": 0.2,
        "jpeg": 0.2,
    }
)


@dataclass(frozen=True)
class TrainingSettings:
    """How to train; the bundled model was trained with the defaults.

    Attributes:
        epochs: the number of epochs; one-cycle and square-root schedules are stretched to them.
        epoch_images: an epoch repeats a smaller training set to about this number of images, so
            that a training on few images has as many steps as one on many.
        minutes: stop at the end of the epoch in which this time is over; None is no limit.
        batch_size: images per step.
        optimizer: one of `OPTIMIZERS`.
        learning_rate: the highest rate of the schedule.
        schedule: one of `SCHEDULES`.
        reduce_lr_patience: multiply the learning rate by `reduce_lr_factor` after this many
            epochs without progress; None never does. It needs the schedule "constant".
        reduce_lr_factor: above 0 and below 1.
        weight_decay: decoupled from the loss (Loshchilov and Hutter, 2017); 0 is none.
        clip_norm: the largest gradient norm of a variable; None is no limit.
        ace_weight: the weight of the aggregation cross-entropy that is added to CTC in the first
            epochs (see `captcha_model.training.losses`); 0 is none.
        augmentation: the strength of each random change of training images.
        monitor: the metric of the validation split that ranks epochs: "words" (word accuracy),
            "cer" or "loss".
        patience: stop after this many epochs without progress; None never does.
        restore_best: return the weights of the best epoch instead of the last one.
            Cross-validation turns it off, because the held-out fold must not choose the epoch.
        mixed_precision: compute in 16 bits on a GPU; without one nothing changes.
        csv_log: write `history.csv`.
        tensorboard: write TensorBoard logs; needs the package `tensorboard`.
        export: formats to export the trained model to, in addition to its folder.
        workers: the number of threads that prepare batches.
        seed: of the initial weights, the order of images, dropout and augmentation.
    """

    epochs: int = 80
    epoch_images: int = 800
    minutes: float | None = None
    batch_size: int = 16
    optimizer: str = "adamw"
    learning_rate: float = 3e-3
    schedule: str = "one-cycle"
    reduce_lr_patience: int | None = None
    reduce_lr_factor: float = 0.9
    weight_decay: float = 1e-2
    clip_norm: float | None = 5.0
    ace_weight: float = 3.0
    augmentation: Mapping[str, float] = field(default_factory=lambda: DEFAULT_AUGMENTATION)
    monitor: str = "words"
    patience: int | None = None
    restore_best: bool = True
    mixed_precision: bool = False
    csv_log: bool = True
    tensorboard: bool = False
    export: tuple[str, ...] = ()
    workers: int = 1
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("epochs", "epoch_images", "batch_size", "workers"):
            self._check_whole(name, 1)
        self._check_whole("seed", 0)
        for name in ("reduce_lr_patience", "patience"):
            if getattr(self, name) is not None:
                self._check_whole(name, 1)
        for name in ("minutes", "clip_norm"):
            if getattr(self, name) is not None:
                self._check_number(name, 0, math.inf)
        self._check_number("learning_rate", 0, math.inf)
        self._check_number("reduce_lr_factor", 0, 1)
        if self.weight_decay != 0:
            self._check_number("weight_decay", 0, 1)
        if self.ace_weight != 0:
            self._check_number("ace_weight", 0, math.inf)
        for name, known in (
            ("optimizer", OPTIMIZERS),
            ("schedule", SCHEDULES),
            ("monitor", MONITORS),
            ("restore_best", (False, True)),
            ("mixed_precision", (False, True)),
            ("csv_log", (False, True)),
            ("tensorboard", (False, True)),
        ):
            value = getattr(self, name)
            if type(value) is not type(known[0]) or value not in known:
                raise TrainingError(f"{name} must be one of {known}. Received: {value!r}")
        if self.reduce_lr_patience is not None and self.schedule != "constant":
            raise TrainingError(
                "Reducing the learning rate on a plateau needs the schedule 'constant'. "
                f"Received: {self.schedule!r}"
            )
        # A frozen dataclass does not freeze the mapping that it holds.
        object.__setattr__(self, "augmentation", MappingProxyType(_strengths(self.augmentation)))
        if isinstance(self.export, str) or not all(isinstance(e, str) for e in self.export):
            raise TrainingError(f"export must be a list of formats. Received: {self.export!r}")
        object.__setattr__(self, "export", tuple(self.export))

    def passes(self, images: int) -> int:
        """Return how often an epoch repeats a training set of this many images."""
        return max(1, round(self.epoch_images / images))

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as plain values."""
        values = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        return {**values, "augmentation": dict(self.augmentation), "export": list(self.export)}

    def _check_whole(self, name: str, low: int) -> None:
        value = getattr(self, name)
        if type(value) is not int or value < low:
            raise TrainingError(f"{name} must be an integer of at least {low}. Received: {value!r}")

    def _check_number(self, name: str, above: float, below: float) -> None:
        value = getattr(self, name)
        if type(value) not in (int, float) or not above < value < below:
            bound = "" if below == math.inf else f" and below {below}"
            raise TrainingError(
                f"{name} must be a number above {above}{bound}. Received: {value!r}"
            )


def _strengths(augmentation: Any) -> dict[str, float]:
    """Check the strengths, and return those above 0, which are in effect."""
    if not isinstance(augmentation, Mapping):
        raise TrainingError(
            f"augmentation must be a mapping of strengths. Received: {augmentation!r}"
        )
    for name, strength in augmentation.items():
        if name not in AUGMENTATIONS:
            raise TrainingError(f"Unknown augmentation {name!r}. Known: {sorted(AUGMENTATIONS)}")
        if type(strength) not in (int, float) or not 0 <= strength <= AUGMENTATIONS[name]:
            raise TrainingError(
                f"The augmentation {name} must be from 0 to {AUGMENTATIONS[name]}. "
                f"Received: {strength!r}"
            )
    return {name: float(strength) for name, strength in augmentation.items() if strength}
