"""How the learning rate moves during training."""

import math
from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable("captcha_model")
class OneCycle(keras.optimizers.schedules.LearningRateSchedule):
    """One rise to a peak and one long fall, both along half a cosine (Smith and Topin, 2018).

    Args:
        peak: the highest learning rate.
        steps: the number of optimiser steps of the whole training.
        warm_up: the share of steps in which it rises.
        start: the first learning rate, as a share of the peak.
        end: the last one, as a share of the peak.
    """

    def __init__(
        self,
        peak: float,
        steps: int,
        warm_up: float = 0.3,
        start: float = 0.04,
        end: float = 1e-3,
    ) -> None:
        self.peak = peak
        self.steps = steps
        self.warm_up = warm_up
        self.start = start
        self.end = end

    def __call__(self, step: Any) -> Any:
        """Return the learning rate of a step, counted from 0."""
        done = ops.cast(step, "float32") / self.steps
        rise = ops.clip(done / self.warm_up, 0, 1)
        fall = ops.clip((done - self.warm_up) / (1 - self.warm_up), 0, 1)
        up = self.start + (1 - self.start) * (1 - ops.cos(math.pi * rise)) / 2
        down = self.end + (1 - self.end) * (1 + ops.cos(math.pi * fall)) / 2
        return self.peak * ops.where(done < self.warm_up, up, down)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make the same schedule."""
        return {
            "peak": self.peak,
            "steps": self.steps,
            "warm_up": self.warm_up,
            "start": self.start,
            "end": self.end,
        }
