"""One training of a cross-fit, which a process can do."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy.typing as npt

from captcha_model.config import CaptchaConfig
from captcha_model.data.samples import LabelledImages, TrainingImages
from captcha_model.training.calibration_data import CalibrationData, gather
from captcha_model.training.few_labels.pseudo_labels import (
    ROUNDS,
    PseudoLabels,
    pseudo_labels,
)
from captcha_model.training.history import EpochRecord
from captcha_model.training.mixed_images import MixedImages
from captcha_model.training.reporter import Reporter
from captcha_model.training.run_config.settings import TrainingSettings

if TYPE_CHECKING:
    from captcha_model.training.builder import Builder
    from captcha_model.training.result import FitResult


@dataclass(frozen=True)
class Task:
    """A training without a validation split.

    Attributes:
        config: the model to build.
        settings: how to train.
        training: the images to train on.
        held_out: images to read with the trained network; None for the model of all images.
        copies: whether to read degraded copies of them, too.
        unlabelled: images without a label that join the training where they are read with
            confidence; their labels are not looked at.
    """

    config: CaptchaConfig
    settings: TrainingSettings
    training: LabelledImages
    held_out: LabelledImages | None = None
    copies: bool = True
    unlabelled: LabelledImages | None = None

    @property
    def epochs(self) -> int:
        """The number of epochs of all its trainings together."""
        return self.settings.epochs * (1 if self.unlabelled is None else 1 + ROUNDS)


@dataclass(frozen=True)
class Done:
    """The result of a task.

    Attributes:
        history: one record per epoch of the last training.
        weights: of the trained network; empty if there are held-out images.
        data: the logits of the held-out images and their degraded copies, if there are any.
        believed: the pseudo-labels of the last round, if there are images without a label and none
            are held out.
    """

    history: tuple[EpochRecord, ...]
    weights: list[npt.NDArray[Any]]
    data: CalibrationData | None
    believed: PseudoLabels | None = None


def do(task: Task, progress: Callable[[str], None], builder: "Builder") -> Done:
    """Train, and read the held-out images.

    Args:
        task: what to train.
        progress: receives a line after every epoch.
        builder: builds the network and the model.

    Raises:
        CaptchaError: see `captcha_model.training.loop.fit`.
    """
    from captcha_model.training.loop import fit

    def trained(images: TrainingImages) -> "FitResult":
        reporter = Reporter(line=progress)
        return fit(task.config, images, None, task.settings, reporter=reporter, builder=builder)

    fitted = trained(task.training)
    believed = None
    if task.unlabelled is not None:
        # As many steps as without pseudo-labels, so that no network is built anew.
        count = task.settings.passes(len(task.training)) * len(task.training)
        for _ in range(ROUNDS):
            believed = pseudo_labels(fitted.model, task.unlabelled, task.training.label_lengths)
            images: TrainingImages = task.training
            if believed.confidences:
                seed = task.settings.seed
                images = MixedImages(task.training, believed.images, count, seed)
            fitted = trained(images)
    history = tuple(fitted.state.history)
    if task.held_out is None:
        return Done(history, fitted.model.network.get_weights(), None, believed)
    return Done(history, [], gather(fitted.model, task.held_out, copies=task.copies))
