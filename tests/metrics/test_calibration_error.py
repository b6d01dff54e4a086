import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captcha_model.metrics.calibration_error import (
    PRECISIONS,
    Bin,
    brier_score,
    expected_calibration_error,
    measure,
    reliability_bins,
)
from captcha_model.metrics.intervals import wilson_interval

confidences = st.floats(0, 1) | st.sampled_from([0.0, 0.2, 0.5, 0.9, 1.0])
samples = st.lists(st.tuples(confidences, st.booleans()), min_size=1, max_size=40)


def split(sample: list[tuple[float, bool]]) -> tuple[list[float], list[bool]]:
    return [c for c, _ in sample], [r for _, r in sample]


def test_bins_of_a_few_readings():
    assert reliability_bins([0.0, 0.5, 0.6, 0.8, 1.0], [False, True, True, False, True], 2) == (
        Bin(0.0, 0.5, 2, 0.25, 0.5, wilson_interval(1, 2)),
        Bin(0.5, 1.0, 3, pytest.approx(0.8), 2 / 3, wilson_interval(2, 3)),
    )


def test_the_calibration_error_of_a_few_readings():
    values = [0.0, 0.5, 0.6, 0.8, 1.0], [False, True, True, False, True]
    assert expected_calibration_error(*values, 2) == pytest.approx(
        2 / 5 * abs(0.25 - 1 / 2) + 3 / 5 * abs(0.8 - 2 / 3)
    )
    assert expected_calibration_error([0.75] * 4, [True, True, False, True]) == 0.0
    assert expected_calibration_error([1.0, 1.0], [False, False]) == 1.0


@given(samples, st.integers(1, 20))
def test_the_calibration_error_is_the_definition(sample, bins):
    total = 0.0
    for i in range(bins):
        # Multiplied as the definition is implemented: bounds such as 3 / 15 are no binary numbers.
        inside = [(c, r) for c, r in sample if i < c * bins <= i + 1 or (i == 0 and c == 0)]
        if inside:
            share = sum(r for _, r in inside) / len(inside)
            mean = sum(c for c, _ in inside) / len(inside)
            total += len(inside) / len(sample) * abs(share - mean)
    assert expected_calibration_error(*split(sample), bins) == pytest.approx(total, abs=1e-12)


@given(samples, st.integers(1, 20), st.booleans())
def test_bins_part_the_readings(sample, bins, equal_mass):
    found = reliability_bins(*split(sample), bins, equal_mass=equal_mass)
    assert 1 <= len(found) <= bins
    assert sum(part.images for part in found) == len(sample)
    assert sum(part.images * part.accuracy for part in found) == pytest.approx(
        sum(right for _, right in sample)
    )
    for part in found:
        assert part.low - 1e-12 <= part.confidence <= part.high + 1e-12
        assert part.interval[0] <= part.accuracy <= part.interval[1]
    assert [part.low for part in found] == sorted({part.low for part in found})


@given(st.lists(st.floats(0, 1), min_size=1, max_size=60, unique=True), st.integers(1, 20))
def test_bins_of_equal_mass_hold_equally_many(values, bins):
    found = reliability_bins(values, [True] * len(values), bins, equal_mass=True)
    held = [part.images for part in found]
    assert max(held) - min(held) <= 1
    assert len(found) == min(bins, len(values))


def test_bins_of_equal_mass_part_no_equal_confidences():
    found = reliability_bins([0.9] * 5 + [0.1], [True] * 6, 3, equal_mass=True)
    assert [(part.low, part.high, part.images) for part in found] == [(0.1, 0.1, 1), (0.9, 0.9, 5)]


@given(samples, st.randoms())
def test_no_figure_depends_on_the_order(sample, random):
    mixed = random.sample(sample, len(sample))
    given, other = measure(*split(sample)), measure(*split(mixed))
    assert given.ece == pytest.approx(other.ece, abs=1e-12)
    assert given.ece_equal_mass == pytest.approx(other.ece_equal_mass, abs=1e-12)
    assert [(b.low, b.images) for b in given.bins] == [(b.low, b.images) for b in other.bins]
    assert given.points == other.points


@given(samples)
def test_the_brier_score_is_the_definition(sample):
    assert brier_score(*split(sample)) == pytest.approx(
        math.fsum((c - r) ** 2 for c, r in sample) / len(sample)
    )


def test_a_sure_and_right_reader_makes_no_error():
    perfect = measure([1.0, 0.0, 1.0], [True, False, True])
    assert (perfect.ece, perfect.ece_equal_mass, perfect.brier, perfect.auroc) == (0, 0, 0, 1)


@given(samples)
def test_all_figures_can_be_written_as_json(sample):
    values = json.loads(json.dumps(measure(*split(sample)).to_dict(), allow_nan=False))
    assert values["images"] == len(sample) == sum(part["images"] for part in values["bins"])
    assert [point["precision"] for point in values["points"]] == list(PRECISIONS)
    for name in ("accuracy", "confidence", "ece", "ece_equal_mass", "brier", "aurc"):
        assert 0 <= values[name] <= 1


def test_the_text_has_the_figures():
    sample = [0.9, 0.8, 0.8, 0.7], [True, True, False, True]
    assert measure(*sample).to_text().splitlines() == [
        "confidence       80.00% on average; ECE 25.00%, Brier score 0.1950, AUROC 0.5000",
        "  99% precision on these readings at coverage 25.00%: 1 of 1 right "
        "(95% interval 20.65% to 100.00%), confidence >= 0.9",
        "  99.9% precision on these readings at coverage 25.00%: 1 of 1 right "
        "(95% interval 20.65% to 100.00%), confidence >= 0.9",
    ]


@pytest.mark.parametrize(("right", "said"), [(True, "right"), (False, "wrong")])
def test_where_all_are_alike_the_text_says_that_there_is_no_ranking(right, said):
    (line, *_) = measure([0.5, 0.6], [right, right]).to_text().splitlines()
    assert line.endswith(f"no AUROC (all are {said})")


@pytest.mark.parametrize("bins", [0, -1])
def test_there_is_at_least_one_bin(bins):
    with pytest.raises(ValueError, match="bin"):
        expected_calibration_error([0.5], [True], bins)
