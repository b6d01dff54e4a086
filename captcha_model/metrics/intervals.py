"""Intervals of the proportions that are measured."""

import math


def wilson_interval(successes: int, trials: int, z: float = 1.959964) -> tuple[float, float]:
    """Return the Wilson score interval of a proportion (E. B. Wilson, 1927).

    Args:
        successes: how many trials succeeded, from 0 to `trials`.
        trials: at least 1.
        z: the normal quantile; the default gives 95 %.

    Raises:
        ValueError: the counts do not fit.
    """
    if trials < 1 or not 0 <= successes <= trials:
        raise ValueError(f"Needs 0 <= successes <= trials. Received: {successes} of {trials}")
    share = successes / trials
    middle = share + z * z / (2 * trials)
    spread = z * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    scale = 1 + z * z / trials
    # At 0 and at all of them the exact bound is 0 and 1; rounding may miss it by an epsilon.
    low = 0.0 if successes == 0 else (middle - spread) / scale
    high = 1.0 if successes == trials else (middle + spread) / scale
    return low, high
