"""The results of a training run."""

from dataclasses import dataclass
from pathlib import Path
from signal import Signals
from typing import TYPE_CHECKING

from captcha_model.evaluation.report import EvaluationReport
from captcha_model.model import CaptchaModel
from captcha_model.training.calibrate import CalibrationResult
from captcha_model.training.history import EpochRecord

if TYPE_CHECKING:
    from captcha_model.training.resume.state import TrainingState


@dataclass(frozen=True)
class FitResult:
    """What `captcha_model.training.loop.fit` returns: a network that is not calibrated yet.

    Attributes:
        model: with the weights of the best epoch, or of the last one without `restore_best` where
            the training was not cut short.
        state: the history and the weights of the best epoch.
        label_lengths: of the shortest and the longest label of both splits.
        signal: SIGINT or SIGTERM if one stopped the training; `state` then ends with the last
            complete epoch.
        diverged: whether a NaN or infinite loss stopped the training; `state` ends likewise.
        stopped_early: whether the limit of time, or the patience, stopped it.
    """

    model: CaptchaModel
    state: "TrainingState"
    label_lengths: tuple[int, int]
    signal: Signals | None = None
    diverged: bool = False
    stopped_early: bool = False

    @property
    def interrupted(self) -> bool:
        """Whether a signal stopped the training."""
        return self.signal is not None

    @property
    def cut_short(self) -> bool:
        """Whether the training ended early; the weights are then those of the best epoch so far."""
        return self.interrupted or self.diverged or self.stopped_early


@dataclass(frozen=True)
class TrainedModel:
    """What `captcha_model.train` returns.

    Attributes:
        model: the trained and calibrated model.
        evaluation: how it reads the validation split; with few images, how models that were
            trained likewise read images that they had not seen.
        calibration: how its temperature and its threshold were found.
        history: one record for each complete epoch.
        best_epoch: the record of the best epoch, whose weights the model has unless `restore_best`
            is off, or the last one without a validation split.
        folder: the run folder, with the saved model in `model/`; None if nothing was written.
        signal: SIGINT or SIGTERM if one stopped the training early.
        untrained: how many images of the evaluation the model that the training began with reads
            right; None if it began with random weights.
    """

    model: CaptchaModel
    evaluation: EvaluationReport
    calibration: CalibrationResult
    history: tuple[EpochRecord, ...]
    best_epoch: EpochRecord
    folder: Path | None = None
    signal: Signals | None = None
    untrained: int | None = None
