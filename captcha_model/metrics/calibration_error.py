"""Calibration metrics: do confidences match the share of right readings, and do they rank them?

All metrics are of N readings, each with a confidence from 0 to 1 and an outcome, right or wrong.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from captcha_model.metrics.intervals import wilson_interval
from captcha_model.metrics.selective import (
    OperatingPoint,
    area_under_risk,
    area_under_roc,
    operating_point,
    outcomes,
)

BINS = 15
PRECISIONS = (0.99, 0.999)


@dataclass(frozen=True)
class Bin:
    """A bin of a reliability diagram: readings of similar confidence.

    Attributes:
        low: the lower edge; for bins of equal mass, the lowest confidence in the bin.
        high: the upper edge, or the highest confidence in the bin.
        images: the number of readings, at least one.
        confidence: their mean confidence.
        accuracy: the share of them that is right.
        interval: the Wilson 95 % interval of the accuracy.
    """

    low: float
    high: float
    images: int
    confidence: float
    accuracy: float
    interval: tuple[float, float]


@dataclass(frozen=True)
class Reliability:
    """The calibration metrics of a set of readings.

    Attributes:
        images: the number of readings.
        accuracy: the share of them that is right.
        confidence: their mean confidence.
        ece: `expected_calibration_error` with bins of equal width.
        ece_equal_mass: the same with bins of equal mass.
        brier: `brier_score`.
        auroc: `area_under_roc`; None where all readings are right or all are wrong.
        aurc: `area_under_risk`.
        points: an `operating_point` for each of `PRECISIONS`.
        bins: `reliability_bins` of equal width.
    """

    images: int
    accuracy: float
    confidence: float
    ece: float
    ece_equal_mass: float
    brier: float
    auroc: float | None
    aurc: float
    points: tuple[OperatingPoint, ...]
    bins: tuple[Bin, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            **vars(self),
            "points": [asdict(point) for point in self.points],
            "bins": [{**asdict(each), "interval": list(each.interval)} for each in self.bins],
        }

    def to_text(self) -> str:
        """Return the lines of a report for a terminal."""
        if self.auroc is None:
            ranking = f"no AUROC (all are {'right' if self.accuracy else 'wrong'})"
        else:
            ranking = f"AUROC {self.auroc:.4f}"
        lines = [
            f"confidence       {self.confidence:.2%} on average; "
            f"ECE {self.ece:.2%}, Brier score {self.brier:.4f}, {ranking}",
            *(f"  {point.to_text()}" for point in self.points),
        ]
        return "\n".join(lines)


def measure(confidences: npt.ArrayLike, right: npt.ArrayLike) -> Reliability:
    """Compute all metrics of a set of readings.

    Args:
        confidences: shape (N,), from 0 to 1, N >= 1.
        right: shape (N,), whether each reading is right.

    Raises:
        ValueError: the shapes differ, there is no reading, or a confidence is not from 0 to 1.
    """
    given, outcome = outcomes(confidences, right)
    return Reliability(
        images=len(given),
        accuracy=float(outcome.mean()),
        confidence=float(given.mean()),
        ece=expected_calibration_error(given, outcome),
        ece_equal_mass=expected_calibration_error(given, outcome, equal_mass=True),
        brier=brier_score(given, outcome),
        auroc=area_under_roc(given, outcome),
        aurc=area_under_risk(given, outcome),
        points=tuple(operating_point(given, outcome, share) for share in PRECISIONS),
        bins=reliability_bins(given, outcome),
    )


def expected_calibration_error(
    confidences: npt.ArrayLike,
    right: npt.ArrayLike,
    bins: int = BINS,
    *,
    equal_mass: bool = False,
) -> float:
    """Return the expected calibration error (ECE; Guo et al., 2017).

    It is the mean, over the readings, of the distance between the mean confidence and the accuracy
    of the reading's bin. For the arguments and errors see `reliability_bins`.
    """
    filled = reliability_bins(confidences, right, bins, equal_mass=equal_mass)
    distances = sum(each.images * abs(each.confidence - each.accuracy) for each in filled)
    return distances / sum(each.images for each in filled)


def reliability_bins(
    confidences: npt.ArrayLike,
    right: npt.ArrayLike,
    bins: int = BINS,
    *,
    equal_mass: bool = False,
) -> tuple[Bin, ...]:
    """Return the bins of a reliability diagram, by increasing confidence.

    Args:
        confidences: shape (N,), from 0 to 1, N >= 1.
        right: shape (N,), whether each reading is right.
        bins: their number. Bin i, from 0, holds confidences in (i / bins, (i + 1) / bins]; the
            first one also holds 0.
        equal_mass: make bins of equally many readings instead of equal width, as far as possible:
            readings of equal confidence are never separated.

    Returns:
        The bins that hold at least one reading.

    Raises:
        ValueError: see `measure`; or `bins` is below 1.
    """
    given, outcome = outcomes(confidences, right)
    if bins < 1:
        raise ValueError(f"Needs at least one bin. Received: {bins}")
    if equal_mass:
        order = np.sort(given)
        # Twice the mean rank of equal confidences, because that is a whole number.
        ranks = np.searchsorted(order, given, "left") + np.searchsorted(order, given, "right") - 1
        places = ranks * bins // (2 * len(given))
    else:
        places = np.maximum(np.ceil(given * bins).astype(int) - 1, 0)
    found = []
    for place in np.unique(places).tolist():
        inside, correct = given[places == place], int(outcome[places == place].sum())
        found.append(
            Bin(
                low=float(inside.min()) if equal_mass else place / bins,
                high=float(inside.max()) if equal_mass else (place + 1) / bins,
                images=len(inside),
                confidence=float(inside.mean()),
                accuracy=correct / len(inside),
                interval=wilson_interval(correct, len(inside)),
            )
        )
    return tuple(found)


def brier_score(confidences: npt.ArrayLike, right: npt.ArrayLike) -> float:
    """Return the mean squared difference of confidence and outcome, 0 or 1 (Brier, 1950).

    For the arguments and errors see `outcomes`.
    """
    given, outcome = outcomes(confidences, right)
    return float(np.mean((given - outcome) ** 2))
