import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from captcha_model.metrics.intervals import wilson_interval
from captcha_model.metrics.selective import (
    OperatingPoint,
    area_under_risk,
    area_under_roc,
    operating_point,
    outcomes,
    risk_coverage,
    threshold_for,
)

# Few different confidences, so that there are ties.
samples = st.lists(
    st.tuples(st.sampled_from([0.0, 0.2, 0.5, 0.9, 0.99, 1.0]), st.booleans()),
    min_size=1,
    max_size=30,
)
CONFIDENCES = [0.9, 0.8, 0.8, 0.7, 0.2]
RIGHT = [True, True, False, True, False]


def split(sample: list[tuple[float, bool]]) -> tuple[list[float], list[bool]]:
    return [c for c, _ in sample], [r for _, r in sample]


def accepted_at(sample: list[tuple[float, bool]], threshold: float) -> list[bool]:
    return [right for confidence, right in sample if confidence >= threshold]


def test_the_area_under_roc_of_a_few_readings():
    # Of the six pairs (right, wrong) four are in order, one is a tie, and one is not in order.
    assert area_under_roc(CONFIDENCES, RIGHT) == pytest.approx((4 + 0.5) / 6)
    assert area_under_roc([0.9, 0.1], [True, False]) == 1.0
    assert area_under_roc([0.9, 0.1], [False, True]) == 0.0
    assert area_under_roc([0.5, 0.5], [False, True]) == 0.5


@pytest.mark.parametrize("right", [True, False])
def test_without_a_pair_there_is_no_area_under_roc(right):
    assert area_under_roc([0.3, 0.9], [right, right]) is None


@given(samples)
def test_the_area_under_roc_is_the_share_of_pairs_in_order(sample):
    good = [c for c, right in sample if right]
    bad = [c for c, right in sample if not right]
    pairs = [(a > b) + (a == b) / 2 for a in good for b in bad]
    expected = sum(pairs) / len(pairs) if pairs else None
    assert area_under_roc(*split(sample)) == pytest.approx(expected)


def test_risk_and_coverage_of_a_few_readings():
    thresholds, coverage, risk = risk_coverage(CONFIDENCES, RIGHT)
    assert thresholds.tolist() == [0.9, 0.8, 0.7, 0.2]
    assert coverage.tolist() == [0.2, 0.6, 0.8, 1.0]
    assert risk.tolist() == pytest.approx([0, 1 / 3, 1 / 4, 2 / 5])
    assert area_under_risk(CONFIDENCES, RIGHT) == pytest.approx(
        (0 + 1 / 3 + 1 / 3 + 1 / 4 + 2 / 5) / 5
    )


@given(samples)
def test_risk_and_coverage_are_what_every_threshold_accepts(sample):
    thresholds, coverage, risk = risk_coverage(*split(sample))
    assert thresholds.tolist() == sorted({c for c, _ in sample}, reverse=True)
    for threshold, share, wrong in zip(thresholds, coverage, risk, strict=True):
        kept = accepted_at(sample, threshold)
        assert share == pytest.approx(len(kept) / len(sample))
        assert wrong == pytest.approx(1 - sum(kept) / len(kept))
    risks = dict(zip(thresholds.tolist(), risk.tolist(), strict=True))
    mean = np.mean([risks[confidence] for confidence, _ in sample])
    assert area_under_risk(*split(sample)) == pytest.approx(mean)


def test_a_threshold_accepts_as_many_as_it_may():
    assert threshold_for(CONFIDENCES, RIGHT, 1.0) == 0.9
    assert threshold_for(CONFIDENCES, RIGHT, 0.75) == 0.7  # Though 0.8 alone gives too few.
    assert threshold_for(CONFIDENCES, RIGHT, 0.6) == 0.2
    assert threshold_for([0.9, 0.8], [False, True], 0.99) is None
    assert threshold_for([0.4, 0.9], [True, True], 0.999) == 0.4
    # 99 of 100 are 99 %, whatever 0.99 is in binary.
    assert threshold_for([0.5] * 100, [True] * 99 + [False], 0.99) == 0.5


@given(samples, st.sampled_from([0.5, 2 / 3, 0.9, 0.99, 1.0]))
def test_a_threshold_is_the_lowest_of_all_that_reach_the_precision(sample, precision):
    fitting = [
        confidence
        for confidence, _ in sample
        if sum(kept := accepted_at(sample, confidence)) / len(kept) >= precision
    ]
    assert threshold_for(*split(sample), precision) == min(fitting, default=None)


def test_an_operating_point_tells_what_is_left():
    point = operating_point(CONFIDENCES, RIGHT, 0.75)
    assert point == OperatingPoint(0.75, 0.7, 0.8, 4, 3, 4)
    assert point.to_text() == (
        "75% precision on these readings at coverage 80.00%: 3 of 4 right "
        "(95% interval 30.06% to 95.44%), confidence >= 0.7"
    )
    clustered = OperatingPoint(0.75, 0.7, 0.8, 4, 3, 2.0)
    assert clustered.interval == wilson_interval(1.5, 2)
    nothing = operating_point([0.9], [False], 0.999)
    assert nothing == OperatingPoint(0.999, None, 0.0, 0, 0, 0)
    assert nothing.to_text() == "no threshold has 99.9% precision on these readings"
    with pytest.raises(ValueError, match="interval"):
        _ = nothing.interval


def test_a_printed_threshold_rejects_nothing_that_is_accepted():
    point = operating_point([0.99999987, 0.2], [True, False], 0.99)
    assert point.to_text().endswith("confidence >= 0.999999")


@given(samples, st.randoms())
def test_no_figure_depends_on_the_order(sample, random):
    mixed = random.sample(sample, len(sample))
    assert area_under_roc(*split(sample)) == area_under_roc(*split(mixed))
    assert area_under_risk(*split(sample)) == area_under_risk(*split(mixed))
    assert operating_point(*split(sample), 0.9) == operating_point(*split(mixed), 0.9)


@pytest.mark.parametrize(
    ("confidences", "right"),
    [
        ([], []),
        ([0.5], [True, False]),
        ([[0.5]], [[True]]),
        ([1.001], [True]),
        ([-0.1], [True]),
        ([float("nan")], [True]),
    ],
)
def test_what_are_no_confidences_and_outcomes_is_an_error(confidences, right):
    with pytest.raises(ValueError):
        outcomes(confidences, right)


def test_a_confidence_that_rounding_put_above_one_is_one():
    assert outcomes([1 + 1e-12], [True])[0].tolist() == [1.0]


@pytest.mark.parametrize("precision", [0.0, -1.0, 1.01, float("nan")])
def test_a_precision_is_a_share(precision):
    with pytest.raises(ValueError, match="precision"):
        threshold_for([0.5], [True], precision)


def test_without_a_threshold_there_is_no_measured_text():
    with pytest.raises(ValueError, match="threshold"):
        operating_point([0.9], [False], 0.999).measured_text()
