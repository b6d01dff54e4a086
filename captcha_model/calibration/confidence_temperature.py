"""The temperature with which confidences are closest to how often the readings are right.

The likelihood of the labels (`captcha_model.calibration.temperature`) is the better measure where
most readings are right. On looks that a network does not know, most are wrong, and then that
likelihood is about how unlikely unreadable labels are, not about the confidences of the readings.
Here the cost is the logarithmic score of "the reading is right" (Good, 1952), which is least for
true probabilities.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from captcha_model.calibration.temperature import TemperatureFit
from captcha_model.decoding.best_path import Floats
from captcha_model.errors import DataError

# A reading is never surer than this, so that a single one cannot decide.
_MOST = 1 - 1e-4


def fit_confidence_temperature(
    confidences: Callable[[float], Floats], right: npt.NDArray[np.bool_]
) -> TemperatureFit:
    """Fit the temperature that gives the confidences of readings the best logarithmic score.

    Args:
        confidences: takes a temperature and returns the probabilities, shape (N,), of what was read
            in images that the network was not trained on.
        right: whether these are the labels, shape (N,).

    Returns:
        The fit; its costs are mean logarithmic scores, in nats.

    Raises:
        DataError: there is no image.
    """
    if not len(right):
        raise DataError("There is no reading to calibrate on.", code="SPLIT_EMPTY")

    def cost(temperature: float) -> float:
        found = np.clip(confidences(temperature), 1 - _MOST, _MOST)
        return float(-np.log(np.where(right, found, 1 - found)).mean())

    return TemperatureFit.least(cost, len(right))
