"""The temperature with which confidences are closest to how often the readings are right.

The likelihood of the labels (`captcha_model.calibration.temperature`) is the better measure where
most readings are right. On looks that a network does not know, most are wrong, and then that
likelihood is about how unlikely unreadable labels are, not about the confidences of the readings.
Here the cost is the logarithmic score of "the reading is right" (Good, 1952), which is least for
true probabilities.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from captcha_model.calibration.temperature import (
    LogProbability,
    TemperatureFit,
    negative_log_likelihoods,
)
from captcha_model.errors import DataError

# A reading is never surer than this, so that a single one cannot decide.
_MOST = 1 - 1e-4


def fit_confidence_temperature(
    logits: npt.NDArray[np.floating],
    texts: Sequence[Sequence[int]],
    right: npt.NDArray[np.bool_],
    log_probability: LogProbability,
) -> TemperatureFit:
    """Fit the temperature that gives the confidences of readings the best logarithmic score.

    Args:
        logits: shape (N, T, C), of images that the network was not trained on.
        texts: what is read in them, as ids from 1.
        right: whether these are the labels, shape (N,).
        log_probability: see `captcha_model.calibration.temperature.fit_temperature`.

    Returns:
        The fit; its costs are mean logarithmic scores, in nats.

    Raises:
        DataError: there is no image.
    """
    if not len(texts):
        raise DataError("There is no reading to calibrate on.", code="SPLIT_EMPTY")

    def cost(temperature: float) -> float:
        losses = negative_log_likelihoods(logits, texts, log_probability, temperature)
        confidences = np.clip(np.exp(-losses), 1 - _MOST, _MOST)
        return float(-np.log(np.where(right, confidences, 1 - confidences)).mean())

    return TemperatureFit.least(cost, len(texts))
