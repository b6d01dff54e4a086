"""Selective prediction: what rejecting readings of low confidence costs and gains.

All metrics are of N readings, each with a confidence from 0 to 1 and an outcome, right or wrong.
Readings of equal confidence are accepted or rejected together, so no metric depends on their order.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from captcha_model.metrics.intervals import wilson_interval

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

_ROUNDING = 1e-9  # How far a sum or a product of probabilities may exceed 1.


@dataclass(frozen=True)
class OperatingPoint:
    """What is left when every reading below a threshold is rejected.

    Attributes:
        precision: the share of right readings among the accepted ones that the threshold is for.
        threshold: readings with at least this confidence are accepted; None accepts none.
        coverage: the share of all readings that is accepted.
        accepted: the number of accepted readings.
        right: how many of them are right.
        trials: how many independent readings the accepted ones are worth; fewer than `accepted`
            where some are of copies of one image (see `metrics.intervals`).
    """

    precision: float
    threshold: float | None
    coverage: float
    accepted: int
    right: int
    trials: float

    @property
    def share(self) -> float:
        """The share of right readings among the accepted ones, of which there must be one."""
        return self.right / self.accepted

    @property
    def interval(self) -> tuple[float, float]:
        """The Wilson 95 % interval of the share of right readings among the accepted ones.

        Raises:
            ValueError: no reading is accepted.
        """
        if not self.accepted:
            raise ValueError("Without an accepted reading there is no interval")
        return wilson_interval(self.share * self.trials, self.trials)

    def to_text(self) -> str:
        """Return one sentence for a terminal."""
        target = f"{100 * self.precision:.4g}% precision on these readings"
        if self.threshold is None:
            return f"no threshold has {target}"
        return f"{target} at {self.measured_text()}"

    def measured_text(self) -> str:
        """Return the coverage, the right readings and the threshold as a part of a sentence.

        Raises:
            ValueError: no reading is accepted.
        """
        if self.threshold is None:
            raise ValueError("Without a threshold there is nothing to state")
        low, high = self.interval
        # Rounded down, or it would reject the least confident reading that it accepts.
        threshold = np.floor(1e6 * self.threshold) / 1e6
        return (
            f"coverage {self.coverage:.2%}: {self.right} of {self.accepted} right "
            f"(95% interval {low:.2%} to {high:.2%}), confidence >= {threshold:g}"
        )


def outcomes(confidences: npt.ArrayLike, right: npt.ArrayLike) -> tuple[Floats, Bools]:
    """Check readings and return them as arrays.

    Args:
        confidences: shape (N,), from 0 to 1, N >= 1.
        right: shape (N,), whether each reading is right.

    Raises:
        ValueError: the shapes differ, there is no reading, or a confidence is not from 0 to 1.
    """
    given, outcome = np.asarray(confidences, np.float64), np.asarray(right, np.bool_)
    if given.ndim != 1 or given.shape != outcome.shape or not len(given):
        raise ValueError(f"Needs two equally long lists. Received: {given.shape}, {outcome.shape}")
    if not ((given >= 0) & (given <= 1 + _ROUNDING)).all():
        raise ValueError("A confidence goes from 0 to 1")
    return np.minimum(given, 1.0), outcome


def area_under_roc(confidences: npt.ArrayLike, right: npt.ArrayLike) -> float | None:
    """Return the probability that a right reading is more confident than a wrong one.

    A tie counts half. This is the statistic of Mann and Whitney (1947) as a share of the pairs. For
    the arguments and errors see `outcomes`.

    Returns:
        From 0 to 1; None where all readings are right or all are wrong, because there is no pair.
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
    """Return risk and coverage at every threshold (El-Yaniv and Wiener, 2010).

    For the arguments and errors see `outcomes`.

    Returns:
        Three arrays with an entry for every distinct confidence, in descending order: the
        threshold; the coverage, which is the share of readings with at least this confidence; the
        risk, which is the share of those that is wrong.
    """
    given, outcome = outcomes(confidences, right)
    thresholds, group = np.unique(-given, return_inverse=True)
    accepted = np.cumsum(np.bincount(group))
    wrong = np.cumsum(np.bincount(group, ~outcome))
    return -thresholds, accepted / len(given), wrong / accepted


def area_under_risk(confidences: npt.ArrayLike, right: npt.ArrayLike) -> float:
    """Return the area under the risk-coverage curve (AURC; Geifman et al., 2019).

    It is the mean, over the readings, of the risk at the threshold that is the reading's own
    confidence. For the arguments and errors see `outcomes`.
    """
    _, coverage, risk = risk_coverage(confidences, right)
    return float(np.diff(coverage, prepend=0.0) @ risk)


def threshold_for(
    confidences: npt.ArrayLike, right: npt.ArrayLike, precision: float
) -> float | None:
    """Return the lowest threshold at which the accepted readings reach a precision.

    The precision need not rise with the threshold; what counts is everything that a threshold
    accepts. This describes the given readings. It promises nothing about others: a threshold that
    is chosen and evaluated on the same readings looks better than it is (see
    `calibration.threshold`).

    Args:
        confidences: see `outcomes`.
        right: see `outcomes`.
        precision: the least share of right readings among the accepted ones, in (0, 1].

    Returns:
        The confidence of one of the readings; None where no threshold reaches the precision.

    Raises:
        ValueError: see `outcomes`; or the precision is not in (0, 1].
    """
    if not 0 < precision <= 1:
        raise ValueError(f"A precision is above 0 and at most 1. Received: {precision}")
    given, outcome = outcomes(confidences, right)
    thresholds, group = np.unique(-given, return_inverse=True)
    accepted = np.cumsum(np.bincount(group))
    correct = np.cumsum(np.bincount(group, outcome))
    reached = np.flatnonzero(correct / accepted >= precision)
    return -float(thresholds[reached[-1]]) if len(reached) else None


def operating_point(
    confidences: npt.ArrayLike, right: npt.ArrayLike, precision: float
) -> OperatingPoint:
    """Return what the threshold of `threshold_for` leaves of independent readings.

    The arguments and errors are those of `threshold_for`.
    """
    given, outcome = outcomes(confidences, right)
    threshold = threshold_for(given, outcome, precision)
    kept = given >= (np.inf if threshold is None else threshold)
    accepted = int(kept.sum())
    return OperatingPoint(
        precision, threshold, accepted / len(given), accepted, int(outcome[kept].sum()), accepted
    )
