"""Confidence intervals of proportions, of independent and of clustered observations."""

import math

import numpy as np
import numpy.typing as npt

Z_95 = 1.959964
"""The normal quantile of a two-sided 95 % interval."""


def wilson_interval(successes: float, trials: float, z: float = Z_95) -> tuple[float, float]:
    """Return the Wilson score interval of a proportion (E. B. Wilson, 1927).

    Args:
        successes: how many trials succeeded, from 0 to `trials`; a fraction where `trials` is an
            effective sample size.
        trials: the number of trials, at least 1.
        z: the normal quantile; the default gives a two-sided 95 % interval.

    Returns:
        The lower and the upper bound, from 0 to 1.

    Raises:
        ValueError: `trials` is below 1, or `successes` is not from 0 to `trials`.
    """
    if trials < 1 or not 0 <= successes <= trials:
        raise ValueError(f"Needs 0 <= successes <= trials. Received: {successes} of {trials}")
    share = successes / trials
    middle = share + z * z / (2 * trials)
    spread = z * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    scale = 1 + z * z / trials
    # At 0 and at `trials` the exact bound is 0 and 1; rounding may miss it by an epsilon.
    low = 0.0 if successes == 0 else (middle - spread) / scale
    high = 1.0 if successes == trials else (middle + spread) / scale
    return low, high


def effective_sample_size(clusters: npt.ArrayLike) -> float:
    """Return how many independent observations clustered ones are worth at least.

    All observations of a cluster are taken to succeed or fail together, which is the worst case:
    clusters of equal size count as one observation each, clusters of different sizes n_i as
    (sum n_i)^2 / sum n_i^2 (L. Kish, "Survey Sampling", 1965).

    Args:
        clusters: shape (N,), the cluster of every observation, N >= 1.

    Returns:
        From 1 to the number of clusters.

    Raises:
        ValueError: there is no observation.
    """
    sizes = np.unique(np.asarray(clusters), return_counts=True)[1].astype(np.float64)
    if not len(sizes):
        raise ValueError("Needs at least one observation")
    return float(sizes.sum() ** 2 / (sizes**2).sum())


def clustered_interval(
    successes: npt.ArrayLike, clusters: npt.ArrayLike, z: float = Z_95
) -> tuple[float, float]:
    """Return the Wilson interval of a proportion whose observations come in clusters.

    Copies of one image succeed and fail together, so they are fewer independent observations than
    their number suggests: the interval is that of `effective_sample_size` observations.

    Args:
        successes: shape (N,), whether each observation succeeded, N >= 1.
        clusters: shape (N,), the cluster of each observation.
        z: see `wilson_interval`.

    Returns:
        The lower and the upper bound, from 0 to 1.

    Raises:
        ValueError: the shapes differ, or there is no observation.
    """
    outcome, cluster = np.asarray(successes, np.bool_), np.asarray(clusters)
    if outcome.shape != cluster.shape or outcome.ndim != 1:
        raise ValueError(
            f"Needs two equally long lists. Received: {outcome.shape}, {cluster.shape}"
        )
    trials = effective_sample_size(cluster)
    return wilson_interval(float(outcome.mean()) * trials, trials, z)
