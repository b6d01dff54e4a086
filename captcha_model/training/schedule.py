"""Learning rate schedules."""

import math
from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable("captcha_model")
class OneCycle(keras.optimizers.schedules.LearningRateSchedule):
    """A rise to a peak and a long fall, both along half a cosine (Smith and Topin, 2018).

    Args:
        peak: the highest learning rate.
        steps: the number of optimiser steps of the whole training.
        warm_up: the fraction of steps in which it rises.
        start: the first learning rate, as a fraction of the peak.
        end: the last learning rate, as a fraction of the peak.
    """

    def __init__(
        self,
        peak: float,
        steps: int,
        warm_up: float = 0.15,
        start: float = 0.04,
        end: float = 1e-3,
    ) -> None:
        self.peak = peak
        self.steps = steps
        self.warm_up = warm_up
        self.start = start
        self.end = end

    def __call__(self, step: Any) -> Any:
        """Return the learning rate of a step; steps count from 0."""
        done = ops.cast(step, "float32") / self.steps
        rise = ops.clip(done / self.warm_up, 0, 1)
        fall = ops.clip((done - self.warm_up) / (1 - self.warm_up), 0, 1)
        up = self.start + (1 - self.start) * (1 - ops.cos(math.pi * rise)) / 2
        down = self.end + (1 - self.end) * (1 + ops.cos(math.pi * fall)) / 2
        return self.peak * ops.where(done < self.warm_up, up, down)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor arguments, for saving."""
        return {
            "peak": self.peak,
            "steps": self.steps,
            "warm_up": self.warm_up,
            "start": self.start,
            "end": self.end,
        }


@keras.saving.register_keras_serializable("captcha_model")
class SquareRoot(keras.optimizers.schedules.LearningRateSchedule):
    """A linear rise to a peak, then a fall with 1 / sqrt(step) (Vaswani et al., 2017).

    Args:
        peak: the highest learning rate.
        steps: the number of optimiser steps of the whole training.
        warm_up: the fraction of steps in which it rises; with 0.05 it ends at 22 % of the peak.
    """

    def __init__(self, peak: float, steps: int, warm_up: float = 0.05) -> None:
        self.peak = peak
        self.steps = steps
        self.warm_up = warm_up

    def __call__(self, step: Any) -> Any:
        """Return the learning rate of a step; steps count from 0."""
        # At least one step, so that a very short training starts at the peak.
        warm_up = max(1.0, self.warm_up * self.steps)
        done = (ops.cast(step, "float32") + 1) / warm_up
        return self.peak * ops.minimum(done, 1 / ops.sqrt(done))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor arguments, for saving."""
        return {"peak": self.peak, "steps": self.steps, "warm_up": self.warm_up}


def linear(rate: float, steps: int) -> keras.optimizers.schedules.LearningRateSchedule:
    """Return a straight fall from a rate to 0 in `steps` steps.

    It is for going on from weights that were trained before: it has no warm-up. That a fall to 0 is
    better than half a cosine is a finding of Bergsma and others, "Straight to Zero", 2025.
    """
    return keras.optimizers.schedules.PolynomialDecay(rate, steps, end_learning_rate=0.0)
