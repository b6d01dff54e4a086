import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from captcha_model.calibration.threshold import LOWER, fit_threshold
from captcha_model.metrics.intervals import clustered_interval, effective_sample_size
from captcha_model.metrics.selective import OperatingPoint


def test_without_a_mistake_enough_images_show_the_precision():
    point = fit_threshold([0.9] * 400, [True] * 400, range(400), 0.99)
    assert point == OperatingPoint(0.99, 0.9, 1.0, 400, 400, 400.0)


def test_copies_of_an_image_show_no_more_than_the_image():
    images = np.repeat(np.arange(40), 10)
    point = fit_threshold([0.9] * 400, [True] * 400, images, 0.99)
    assert point.precision < 0.99
    assert (point.accepted, point.right, point.trials) == (400, 400, 40.0)
    assert point.precision <= clustered_interval([True] * 400, images, 1.644854)[0]


def test_it_accepts_down_to_where_the_readings_still_reach_the_precision():
    """The upper 3,000 readings are right, every fifth of the others is wrong."""
    confidences = np.linspace(1, 0.5, 4000)
    right = (np.arange(4000) < 3000) | (np.arange(4000) % 5 > 0)
    point = fit_threshold(confidences, right, np.arange(4000), 0.99)
    assert point.precision == 0.99
    assert 3000 <= point.accepted <= 3120
    assert point.right / point.accepted >= 0.99
    assert point.threshold == confidences[point.accepted - 1]


def test_a_lower_precision_is_stated_where_the_requested_one_is_not_reached():
    """One of 25 readings is wrong at any confidence."""
    right = np.arange(2000) % 25 > 0
    point = fit_threshold(np.linspace(1, 0, 2000), right, np.arange(2000), 0.99)
    assert point.precision == LOWER[0]
    assert point.threshold is not None


def test_where_most_readings_are_wrong_nothing_is_accepted():
    point = fit_threshold([0.9] * 300, [False] * 270 + [True] * 30, range(300), 0.99)
    assert point == OperatingPoint(0.99, None, 0.0, 0, 0, 0.0)
    assert fit_threshold([0.9], [False], [0], 0.99).threshold is None


@pytest.mark.parametrize("images", [1, 5, 50])
def test_a_few_images_show_little_and_that_is_stated(images):
    point = fit_threshold([0.9] * images, [True] * images, range(images), 0.99)
    assert (point.threshold, point.accepted) == (0.9, images)
    # The bound of as many images without a mistake, at the error of the second precision.
    assert 0 < point.precision <= images / (images + 2.4**2)


def best_looking_precision(confidences, right) -> float:
    """The highest lower bound of all thresholds, with every reading taken for independent."""
    order = np.argsort(-confidences)
    accepted, z = np.arange(1, len(right) + 1), 1.644854
    share = np.cumsum(right[order]) / accepted
    spread = np.sqrt(share * (1 - share) / accepted + (z / 2 / accepted) ** 2)
    low = (share + z * z / 2 / accepted - z * spread) / (1 + z * z / accepted)
    return float(low.max())


@pytest.mark.slow
def test_the_statement_is_wrong_no_more_often_than_permitted():
    """98.99 % are right at any threshold, so that every statement of 99 % is wrong."""
    rng = np.random.default_rng(0)
    images = np.repeat(np.arange(600), 16)
    wrong, naive, runs = 0, 0, 300
    for _ in range(runs):
        confidences, right = rng.random(len(images)), (rng.random(600) < 0.9899)[images]
        wrong += fit_threshold(confidences, right, images, 0.99).precision > 0.9899
        naive += best_looking_precision(confidences, right) > 0.9899
    assert wrong / runs <= 0.05
    assert naive / runs > 0.4


@pytest.mark.slow
@given(
    st.lists(st.tuples(st.floats(0, 1), st.booleans(), st.integers(0, 5)), min_size=1, max_size=60),
    st.randoms(),
)
def test_the_order_of_readings_does_not_matter(sample, random):
    def fit(rows):
        return fit_threshold(*(list(column) for column in zip(*rows, strict=True)), 0.99)

    point = fit(sample)
    assert fit(random.sample(sample, len(sample))) == point
    if point.threshold is not None:
        kept = [row for row in sample if row[0] >= point.threshold]
        assert (len(kept), sum(row[1] for row in kept)) == (point.accepted, point.right)
        assert point.trials == pytest.approx(effective_sample_size([row[2] for row in kept]))
        assert point.interval[1] >= point.precision


@pytest.mark.parametrize(
    ("images", "precision", "error"),
    [
        ([0, 1, 2], 0.99, 0.05),
        ([0], 0.99, 0.05),
        *(([0, 1], *bounds) for bounds in [(0.5, 0.05), (1.0, 0.05), (0.99, 0.0), (0.99, 1.0)]),
    ],
)
def test_arguments_out_of_bounds(images, precision, error):
    with pytest.raises(ValueError):
        fit_threshold([0.5, 0.6], [True, True], images, precision, error)
