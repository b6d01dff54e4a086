"""The settings of the training itself; their defaults are the recipe `crnn`."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Annotated, Any, Literal, TypeAlias, get_args

from captcha_model._utils.strict_json import Record
from captcha_model._utils.type_checks import Range, Text
from captcha_model.errors import TrainingError

Optimizer: TypeAlias = Literal["adamw", "adam", "muon", "nadam", "rmsprop", "sgd"]
Schedule: TypeAlias = Literal["one-cycle", "square-root", "linear", "constant"]
Monitor: TypeAlias = Literal["words", "cer", "loss"]
OPTIMIZERS: tuple[Optimizer, ...] = get_args(Optimizer)
SCHEDULES: tuple[Schedule, ...] = get_args(Schedule)
MONITORS: tuple[Monitor, ...] = get_args(Monitor)

NO_MODEL = "none"  # A training begins with random weights.
MAX_SOURCE = 4096  # Characters of a path.
FEW_IMAGES = 200
"""Fewer are shown at least `least_passes` times in an epoch."""
Count: TypeAlias = Annotated[int, Range(1)]
Positive: TypeAlias = Annotated[float, Range(0, above=True)]
Devices: TypeAlias = Count | Literal["all"]
ALL_DEVICES: Literal["all"] = "all"

# The largest strength of every random change; 0 turns it off. The units of a strength are in
# `captcha_model.data.transforms.augmentation`; that of "neutral" is a share of all changes.
AUGMENTATIONS = {
    "neutral": 1.0,
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
class TrainingSettings(Record, error=TrainingError):
    """How to train; the bundled model was trained with the defaults.

    Attributes:
        epochs: the number of epochs; all schedules but the constant one are stretched to them.
        epoch_images: an epoch repeats a smaller training set to about this number of images, so
            that a training on few images has as many steps as one on many.
        least_passes: an epoch repeats a training set of less than `FEW_IMAGES` at least so often.
        init: a model folder or a name that `CaptchaModel.from_pretrained` takes, whose weights the
            training begins with; it must have the same network, but may know other characters.
            "none" is random weights.
        init_images: for how many images the weights of `init` count. Where no image is spent on a
            validation split, the result is the mean of these weights and the trained ones, which
            count for as many images as they were trained on; 0 keeps the trained weights.
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
            epochs (see `captcha_model.training.losses`); 0 is none. It is for random weights, and
            not added to a training with `init`.
        augmentation: the strength of each random change of training images.
        outlier_share: turned, mirrored, flipped and stacked images are added to each batch, with an
            empty text; this is their number as a fraction of the batch, 0 adds none.
        monitor: the metric of the validation split that ranks epochs: "words" (word accuracy),
            "cer" or "loss".
        patience: stop after this many epochs without progress; None never does.
        restore_best: return the weights of the best epoch instead of the last one.
            Cross-validation turns it off, because the held-out fold must not choose the epoch.
        mixed_precision: compute in 16 bits on a GPU, or on a processor that multiplies bfloat16
            faster; with neither nothing changes.
        csv_log: write `history.csv`.
        tensorboard: write TensorBoard logs; needs the package `tensorboard`.
        export: formats to export the trained model to, in addition to its folder.
        card_images: show some of the images on the model card; without it the card of a model that
            was trained on other images than those of a published data set shows none.
        workers: the number of threads that prepare batches.
        devices: the number of devices that share every batch, or "all"; see
            `captcha_model.training.devices`.
        seed: of the initial weights, the order of images, dropout and augmentation.

    Raises:
        TrainingError: a value has the wrong type or is out of bounds.
    """

    epochs: Count = 80
    epoch_images: Count = 800
    least_passes: Count = 1
    init: Annotated[str, Text(1, MAX_SOURCE, printable=False)] = NO_MODEL
    init_images: Annotated[float, Range(0)] = 0.0
    minutes: Positive | None = None
    batch_size: Count = 16
    optimizer: Optimizer = "adamw"
    learning_rate: Positive = 3e-3
    schedule: Schedule = "one-cycle"
    reduce_lr_patience: Count | None = None
    reduce_lr_factor: Annotated[float, Range(0, 1, above=True, below=True)] = 0.9
    weight_decay: Annotated[float, Range(0, 1, below=True)] = 1e-2
    clip_norm: Positive | None = 5.0
    ace_weight: Annotated[float, Range(0)] = 3.0
    augmentation: Mapping[str, float] = field(default_factory=lambda: DEFAULT_AUGMENTATION)
    outlier_share: Annotated[float, Range(0, 1)] = 0.125
    monitor: Monitor = "words"
    patience: Count | None = None
    restore_best: bool = True
    mixed_precision: bool = False
    csv_log: bool = True
    tensorboard: bool = False
    export: tuple[str, ...] = ()
    card_images: bool = False
    workers: Count = 1
    devices: Devices = 1
    seed: Annotated[int, Range(0)] = 0

    def __reduce__(self) -> tuple[Any, ...]:
        # The read-only view of the augmentation cannot be pickled.
        return (type(self).from_dict, (self.to_dict(),))

    def check_together(self) -> None:
        """Check the augmentation and the schedule, and make the augmentation immutable."""
        if self.reduce_lr_patience is not None and self.schedule != "constant":
            raise self.invalid(
                "Reducing the learning rate on a plateau needs the schedule 'constant'. "
                f"Received: {self.schedule!r}"
            )
        for name, strength in self.augmentation.items():
            if name not in AUGMENTATIONS:
                raise self.invalid(f"Unknown augmentation {name!r}. Known: {sorted(AUGMENTATIONS)}")
            if not 0 <= strength <= AUGMENTATIONS[name]:
                raise self.invalid(
                    f"The augmentation {name} must be from 0 to {AUGMENTATIONS[name]}. "
                    f"Received: {strength!r}"
                )
        # Only those in effect, so that equal trainings have equal settings.
        in_effect = {name: float(value) for name, value in self.augmentation.items() if value}
        object.__setattr__(self, "augmentation", MappingProxyType(in_effect))

    def without_validation(self) -> "TrainingSettings":
        """Return the settings of a training that ends after its last epoch, whose weights count."""
        return replace(self, patience=None, minutes=None, restore_best=False)

    def passes(self, images: int) -> int:
        """Return how often an epoch repeats a training set of this many images."""
        least = self.least_passes if images < FEW_IMAGES else 1
        return max(least, round(self.epoch_images / images))
