"""The confidence from which on a reading is accepted, with a guarantee for new images.

The best threshold on some readings looks better on them than it is, for two reasons. Copies of one
image are right and wrong together, so they are fewer independent readings than their number: bounds
are those of `metrics.intervals.effective_sample_size`. And a search that looks at many thresholds
finds one that is good by chance. Here thresholds are tested in an order that does not depend on
which readings are right, from few accepted readings to many, and the search ends at the first one
that fails: fixed-sequence testing, with which the error of the whole search is that of one test
("Learn then Test", A. Angelopoulos et al., 2021). Where even the first test fails, a lower
precision is tried with a share of the permitted error of its own (Bonferroni).
"""

from dataclasses import replace
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from captcha_model.metrics.intervals import effective_sample_size, wilson_interval
from captcha_model.metrics.selective import OperatingPoint, outcomes

LOWER = (0.9, 0.8, 0.5, 0.2)
"""Precisions that are tried where the data do not support a higher one."""

_FIRST_SHARE, _FURTHER = 0.8, 0.2  # Of the permitted error: 80 %, then 16 %, 3.2 %, ...
_STEPS = 100
# A search begins where this many times the readings are accepted that would suffice without a
# single mistake, because a few mistakes must not end it; with fewer images, at most of them.
_RESERVE, _MOST = 4.0, 0.9


def fit_threshold(
    confidences: npt.ArrayLike,
    right: npt.ArrayLike,
    images: npt.ArrayLike,
    precision: float,
    error: float = 0.05,
) -> OperatingPoint:
    """Return a threshold whose accepted readings are right in at least a stated share.

    With probability `1 - error` over the choice of images, readings of new images of the same kind
    that reach the threshold are right in at least `OperatingPoint.precision` of the cases. That is
    the requested precision where the images support it, else a lower one. Among the thresholds that
    pass, the lowest is taken at which the given readings themselves reach the requested precision;
    if they reach it nowhere, the one at which they come closest.

    Args:
        confidences: shape (N,), from 0 to 1, N >= 1.
        right: shape (N,), whether each reading is right.
        images: shape (N,), the image that each reading comes from; its copies count as the same
            image.
        precision: the requested share of right readings, above 0.5 and below 1.
        error: the permitted probability that the statement is wrong, above 0 and below 1.

    Returns:
        The threshold and what it leaves; a threshold of None where no precision can be shown.

    Raises:
        ValueError: the shapes differ, there is no reading, or a value is out of its bounds.
    """
    given, outcome = outcomes(confidences, right)
    clusters = np.asarray(images)
    if clusters.shape != given.shape:
        raise ValueError(f"Needs an image for each reading. Received: {clusters.shape}")
    if not 0.5 < precision < 1 or not 0 < error < 1:
        raise ValueError(
            "Needs a precision above 0.5 and below 1, and an error between 0 and 1. "
            f"Received: {precision}, {error}"
        )
    steps = _steps(given, outcome, clusters)
    for level, z in _levels(precision, error, steps[-1].trials):
        passed = _fixed_sequence(steps, level, z)
        if passed:
            return replace(_choose(passed, precision), precision=level)
    return OperatingPoint(precision, None, 0.0, 0, 0, 0.0)


def _levels(precision: float, error: float, trials: float) -> list[tuple[float, float]]:
    """Return the precisions to try, each with the normal quantile of its share of the error.

    None of them depends on which readings are right. The second one is what the first step of a
    search with so many trials could show if it were right as often as requested.
    """
    shares = [_FIRST_SHARE * _FURTHER**n * error for n in range(len(LOWER) + 2)]
    quantiles = [-NormalDist().inv_cdf(share) for share in shares]
    trials = max(1.0, _MOST * trials)
    likely = wilson_interval(precision * trials, trials, quantiles[1])[0]
    levels = [precision, likely, *(level for level in LOWER if level < likely)]
    return list(zip(levels, quantiles, strict=False))


def _steps(
    confidences: npt.NDArray[np.float64], right: npt.NDArray[np.bool_], images: npt.NDArray
) -> list[OperatingPoint]:
    """Return what the thresholds leave that accept 1 %, 2 %, ... 100 % of the readings."""
    descending = np.sort(confidences)[::-1]
    ranks = np.ceil(np.arange(1, _STEPS + 1) / _STEPS * len(confidences)).astype(int) - 1
    steps = []
    for threshold in sorted(set(descending[ranks].tolist()), reverse=True):
        kept = confidences >= threshold
        accepted = int(kept.sum())
        trials = effective_sample_size(images[kept])
        coverage = accepted / len(confidences)
        steps.append(
            OperatingPoint(0.0, threshold, coverage, accepted, int(right[kept].sum()), trials)
        )
    return steps


def _fixed_sequence(steps: list[OperatingPoint], level: float, z: float) -> list[OperatingPoint]:
    """Return the steps that pass, up to the first one that fails."""
    sufficient = z * z * level / (1 - level)  # Without a mistake; Wilson's n / (n + z^2) >= level.
    needed = min(_RESERVE * sufficient, _MOST * steps[-1].trials)
    first = next(n for n, step in enumerate(steps) if step.trials >= needed)
    passed = []
    for step in steps[first:]:
        if wilson_interval(step.share * step.trials, step.trials, z)[0] < level:
            break
        passed.append(step)
    return passed


def _choose(passed: list[OperatingPoint], precision: float) -> OperatingPoint:
    """Return the last step that reaches the precision, else the one that comes closest."""
    reached = [step for step in passed if step.share >= precision]
    return reached[-1] if reached else max(passed, key=lambda step: (step.share, step.accepted))
