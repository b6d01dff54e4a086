"""How well readings of a set match its labels, and what that amounts to over many sets."""

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

from captcha_model.metrics.calibration_error import measure
from captcha_model.metrics.intervals import wilson_interval
from captcha_model.metrics.selective import area_under_roc, operating_point
from captcha_model.metrics.text import character_error_rate

PRECISION = 0.95
Scores = dict[str, Any]
IGNORING_CASE = "ignoring_case"


def score(labels: Sequence[str], texts: Sequence[str]) -> Scores:
    """Return how many texts are right, with and without their case, and the character error rate.

    Args:
        labels: N true texts.
        texts: N readings.

    Returns:
        `images`; `exact` and `ignoring_case` with their shares' Wilson 95 % intervals; `cer` of the
        texts in lower case.
    """
    count = len(labels)
    pairs = [(a, b) for a, b in zip(labels, texts, strict=True)]
    exact = sum(a == b for a, b in pairs)
    ignoring = sum(a.lower() == b.lower() for a, b in pairs)
    lower = ([a.lower() for a, _ in pairs], [b.lower() for _, b in pairs])
    return {
        "images": count,
        "exact": exact,
        "exact_95": _interval(exact, count),
        IGNORING_CASE: ignoring,
        f"{IGNORING_CASE}_95": _interval(ignoring, count),
        "cer": round(character_error_rate(*lower), 4),
    }


def confidence_scores(
    labels: Sequence[str], texts: Sequence[str], confidences: Sequence[float], accepted: int
) -> Scores:
    """Return what confidences are worth where a text in another case counts as right.

    Args:
        labels: N true texts.
        texts: N readings.
        confidences: of the N readings.
        accepted: how many of them the model accepts by its own threshold.

    Returns:
        `ece`, the expected calibration error; `auroc`, of right against wrong readings, None
        where all are one of them; `coverage`, the share of the most confident readings of which
        95 % are right; `accepted`.
    """
    right = [a.lower() == b.lower() for a, b in zip(labels, texts, strict=True)]
    area = area_under_roc(confidences, right)
    return {
        "ece": round(measure(confidences, right).ece, 4),
        "auroc": None if area is None else round(area, 4),
        "coverage": round(operating_point(confidences, right, PRECISION).coverage, 4),
        "accepted": accepted,
    }


def with_case_of(labels: Sequence[str], text: str) -> str:
    """Return a text in the case of the labels, if their letters all have the same."""
    letters = "".join(labels)
    if letters == letters.lower():
        return text.lower()
    return text.upper() if letters == letters.upper() else text


def best(ways: Mapping[str, Scores]) -> Scores:
    """Return the scores of the way that reads the most texts right."""
    return max(ways.values(), key=lambda scores: scores[IGNORING_CASE])


def mean(scores: Sequence[Scores]) -> float:
    """Return the mean over sets of the share of texts right, case ignored."""
    return round(fmean(one[IGNORING_CASE] / one["images"] for one in scores), 4)


def _interval(right: int, count: int) -> list[float]:
    return [round(bound, 4) for bound in wilson_interval(right, count)]
