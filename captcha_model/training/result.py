"""What a training gives, and the error of one that goes astray."""

from dataclasses import dataclass
from signal import Signals

from captcha_model.model import CaptchaModel
from captcha_model.training.resume.state import TrainingState


@dataclass(frozen=True)
class TrainingResult:
    """What a training gave.

    Attributes:
        model: with the weights of the best epoch, or as the settings' `keep` says.
        state: the history and the best epoch's weights.
        signal: what stopped it, Ctrl-C or SIGTERM; `state` then ends with the last whole epoch.
        diverged: whether a loss that is no number stopped it; `state` then ends likewise.
    """

    model: CaptchaModel
    state: TrainingState
    signal: Signals | None = None
    diverged: bool = False

    @property
    def interrupted(self) -> bool:
        """Whether a signal stopped it."""
        return self.signal is not None

    @property
    def cut_short(self) -> bool:
        """Whether it ended before its time; the weights are then those of the best epoch so far."""
        return self.interrupted or self.diverged
