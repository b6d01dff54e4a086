"""What it gives to refuse readings of low confidence: fewer answers, of which fewer are wrong.

All figures are of N readings, each with a confidence from 0 to 1, that are right or wrong. Readings
of the same confidence are accepted or refused together, so no figure depends on their order.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from captcha_model.metrics.intervals import wilson_interval

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

_ROUNDING = 1e-9  # By so much a sum or a product of probabilities may exceed 1.


@dataclass(frozen=True)
class OperatingPoint:
    """What remains where every reading below a threshold is refused.

    Attributes:
        precision: the share of right ones among the accepted readings that was asked for.
        threshold: from this confidence on readings are accepted; None accepts nothing.
        coverage: the share of all readings that is accepted.
        accepted: their number.
        right: how many of them are right.
    """

    precision: float
    threshold: float | None
    coverage: float
    accepted: int
    right: int

    def to_text(self) -> str:
        """Return a sentence for a terminal."""
        target = f"right at >= {100 * self.precision:.4g}%"
        if self.threshold is None:
            return f"no confidence is high enough for images that are {target}"
        low, high = wilson_interval(self.right, self.accepted)
        # Rounded down, or it would refuse the least confident of those that it accepts.
        threshold = np.floor(1e6 * self.threshold) / 1e6
        return (
            f"the surest {self.coverage:.2%} of the images are {target}: {self.right} of "
            f"{self.accepted} (95 % interval {low:.2%} to {high:.2%}), confidence >= {threshold:g}"
        )


def outcomes(confidences: npt.ArrayLike, right: npt.ArrayLike) -> tuple[Floats, Bools]:
    """Check readings and return them as arrays.

    Args:
        confidences: shape (N,), from 0 to 1, N >= 1.
        right: shape (N,), whether each reading is right.

    Raises:
        ValueError: the shapes do not fit, nothing is there, or a confidence is not from 0 to 1.
    """
    given, outcome = np.asarray(confidences, np.float64), np.asarray(right, np.bool_)
    if given.ndim != 1 or given.shape != outcome.shape or not len(given):
        raise ValueError(f"Needs two equally long lists. Received: {given.shape}, {outcome.shape}")
    if not ((given >= 0) & (given <= 1 + _ROUNDING)).all():
        raise ValueError("A confidence goes from 0 to 1")
    return np.minimum(given, 1.0), outcome


def area_under_roc(confidences: npt.ArrayLike, right: npt.ArrayLike) -> float | None:
    """Return how probably a right reading is more confident than a wrong one; a tie counts half.

    This is the statistic of Mann and Whitney (1947) as a share of the pairs. For the arguments and
    errors see `outcomes`.

    Returns:
        From 0 to 1; None where all readings are right or all are wrong, for there is no pair.
    """
    given, outcome = outcomes(confidences, right)
    correct = int(outcome.sum())
    pairs = correct * (len(outcome) - correct)
    if not pairs:
        return None
    _, group, counts = np.unique(given, return_inverse=True, return_counts=True)
    ranks = np.cumsum(counts) - (counts - 1) / 2
    return float((ranks[group[outcome]].sum() - correct * (correct + 1) / 2) / pairs)


def risk_coverage(
    confidences: npt.ArrayLike, right: npt.ArrayLike
) -> tuple[Floats, Floats, Floats]:
    """Return what every threshold gives (El-Yaniv and Wiener, 2010).

    For the arguments and errors see `outcomes`.

    Returns:
        Three arrays with an entry for every different confidence, the highest first: the
        threshold; the coverage, which is the share of readings that have this confidence or a
        higher one; the risk, which is the share of these that is wrong.
    """
    given, outcome = outcomes(confidences, right)
    thresholds, group = np.unique(-given, return_inverse=True)
    accepted = np.cumsum(np.bincount(group))
    wrong = np.cumsum(np.bincount(group, ~outcome))
    return -thresholds, accepted / len(given), wrong / accepted


def area_under_risk(confidences: npt.ArrayLike, right: npt.ArrayLike) -> float:
    """Return the area under the risk-coverage curve (AURC; Geifman et al., 2019).

    It is the mean, over the readings, of the risk where the threshold is their own confidence. For
    the arguments and errors see `outcomes`.
    """
    _, coverage, risk = risk_coverage(confidences, right)
    return float(np.diff(coverage, prepend=0.0) @ risk)


def threshold_for(
    confidences: npt.ArrayLike, right: npt.ArrayLike, precision: float, z: float = 0.0
) -> float | None:
    """Find the lowest confidence from which on enough readings are right.

    The precision need not rise with the threshold; what counts are all that a threshold accepts.
    A threshold that is chosen and judged on the same readings flatters, the more the fewer they
    are: 50 readings without a mistake seem to be right at any precision.

    Args:
        confidences: see `outcomes`.
        right: likewise.
        precision: which share of the accepted readings is right at least, above 0 and up to 1.
        z: 0 takes the share as it is. Above 0 the lower bound of its Wilson interval with this
            normal quantile must reach the precision: with 1.644854, of 99 % readings without a
            mistake at least 268 are needed.

    Returns:
        The threshold, which is the confidence of one of the readings; None where there is none.

    Raises:
        ValueError: see `outcomes`; or the precision is not above 0 and up to 1.
    """
    given, outcome = outcomes(confidences, right)
    if not 0 < precision <= 1:
        raise ValueError(f"A precision is above 0 and up to 1. Received: {precision}")
    thresholds, group = np.unique(-given, return_inverse=True)
    accepted = np.cumsum(np.bincount(group)).tolist()
    correct = np.cumsum(np.bincount(group, outcome)).astype(int).tolist()
    for place in reversed(range(len(thresholds))):
        if wilson_interval(correct[place], accepted[place], z)[0] >= precision:
            return -float(thresholds[place])
    return None


def highest_precision(confidences: npt.ArrayLike, right: npt.ArrayLike, z: float = 0.0) -> float:
    """Return the highest precision for which `threshold_for` finds a threshold; 0 if for none.

    Args:
        confidences: see `outcomes`.
        right: likewise.
        z: see `threshold_for`.

    Raises:
        ValueError: see `outcomes`.
    """
    given, outcome = outcomes(confidences, right)
    _, group = np.unique(-given, return_inverse=True)
    accepted = np.cumsum(np.bincount(group)).tolist()
    correct = np.cumsum(np.bincount(group, outcome)).astype(int).tolist()
    return max(wilson_interval(k, n, z)[0] for k, n in zip(correct, accepted, strict=True))


def operating_point(
    confidences: npt.ArrayLike, right: npt.ArrayLike, precision: float, z: float = 0.0
) -> OperatingPoint:
    """Return what `threshold_for` leaves; arguments and errors are the same."""
    given, outcome = outcomes(confidences, right)
    threshold = threshold_for(given, outcome, precision, z)
    kept = given >= (np.inf if threshold is None else threshold)
    accepted = int(kept.sum())
    return OperatingPoint(
        precision, threshold, accepted / len(given), accepted, int(outcome[kept].sum())
    )
