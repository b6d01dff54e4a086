"""One training of a cross-fit, which a process can do."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy.typing as npt

from captcha_model.config import CaptchaConfig
from captcha_model.data.samples import LabelledImages
from captcha_model.training.calibration_data import CalibrationData, gather
from captcha_model.training.history import EpochRecord
from captcha_model.training.reporter import Reporter
from captcha_model.training.run_config.settings import TrainingSettings

if TYPE_CHECKING:
    from captcha_model.training.builder import Builder


@dataclass(frozen=True)
class Task:
    """A training without a validation split.

    Attributes:
        config: the model to build.
        settings: how to train.
        training: the images to train on.
        held_out: images to read with the trained network; None for the model of all images.
        copies: whether to read degraded copies of them, too.
    """

    config: CaptchaConfig
    settings: TrainingSettings
    training: LabelledImages
    held_out: LabelledImages | None = None
    copies: bool = True


@dataclass(frozen=True)
class Done:
    """The result of a task.

    Attributes:
        history: one record per epoch.
        weights: of the trained network; empty if there are held-out images.
        data: the logits of the held-out images and their degraded copies, if there are any.
    """

    history: tuple[EpochRecord, ...]
    weights: list[npt.NDArray[Any]]
    data: CalibrationData | None


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

    fitted = fit(
        task.config,
        task.training,
        None,
        task.settings,
        reporter=Reporter(line=progress),
        builder=builder,
    )
    history = tuple(fitted.state.history)
    if task.held_out is None:
        return Done(history, fitted.model.network.get_weights(), None)
    return Done(history, [], gather(fitted.model, task.held_out, copies=task.copies))
