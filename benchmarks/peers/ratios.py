"""Statistics of measurements in turns: medians with quartiles, and ratios with intervals."""

from typing import Any

import numpy as np
import numpy.typing as npt

RESAMPLES = 2000
Floats = npt.NDArray[np.float64]


def summary(measured: npt.ArrayLike, digits: int = 3) -> dict[str, float]:
    """Return the median and the quartiles."""
    low, median, high = np.quantile(np.asarray(measured, float), [0.25, 0.5, 0.75])
    return {
        "median": round(float(median), digits),
        "quartile_1": round(float(low), digits),
        "quartile_3": round(float(high), digits),
    }


def ratio(one: npt.ArrayLike, other: npt.ArrayLike, seed: int = 0) -> dict[str, Any]:
    """Return the ratio of two medians that were measured in the same turns.

    The 95% interval is a block bootstrap over turns (Efron and Tibshirani, 1993): what slows the
    machine for a while slows both, and the values of one turn are not independent.

    Args:
        one: shape (turns,) or (turns, n).
        other: shape (turns,) or (turns, m).
        seed: of the bootstrap.

    Returns:
        `ratio` of the medians; `quartile_1` and `quartile_3` of the turns' own ratios; `low_95`
        and `high_95`.

    Raises:
        ValueError: the numbers of turns differ.
    """
    a, b = (np.asarray(values, float).reshape(len(values), -1) for values in (one, other))
    if len(a) != len(b):
        raise ValueError(f"Both need the same turns. Received: {len(a)} and {len(b)}")
    turns = np.median(a, axis=1) / np.median(b, axis=1)
    sampled = np.random.default_rng(seed).integers(len(a), size=(RESAMPLES, len(a)))
    medians = [np.median(v[sampled].reshape(RESAMPLES, -1), axis=1) for v in (a, b)]
    ratios = medians[0] / medians[1]
    low, high = np.quantile(ratios, [0.025, 0.975])
    spread = summary(turns)
    return {
        "ratio": round(float(np.median(a) / np.median(b)), 3),
        "quartile_1": spread["quartile_1"],
        "quartile_3": spread["quartile_3"],
        "low_95": round(float(low), 3),
        "high_95": round(float(high), 3),
    }
