import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from captcha_model.metrics.intervals import (
    clustered_interval,
    effective_sample_size,
    wilson_interval,
)


def test_wilson_interval_against_published_values():
    # Newcombe (1998), Statistics in Medicine 17, table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
    assert wilson_interval(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson_interval(15, 148) == pytest.approx((0.0624, 0.1605), abs=5e-5)
    assert wilson_interval(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)
    assert wilson_interval(1, 29) == pytest.approx((0.0061, 0.1718), abs=5e-5)


@given(st.integers(1, 1000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_interval_holds_the_share_and_mirrors(counts):
    successes, trials = counts
    low, high = wilson_interval(successes, trials)
    assert 0 <= low <= successes / trials <= high <= 1
    mirrored = wilson_interval(trials - successes, trials)
    assert mirrored == pytest.approx((1 - high, 1 - low))


@pytest.mark.parametrize(("successes", "trials"), [(0, 0), (2, 1), (-1, 3)])
def test_wilson_interval_needs_fitting_counts(successes, trials):
    with pytest.raises(ValueError):
        wilson_interval(successes, trials)


def test_copies_count_as_one_observation():
    assert effective_sample_size(np.repeat(np.arange(7), 16)) == pytest.approx(7)
    assert effective_sample_size(range(5)) == pytest.approx(5)
    assert effective_sample_size([0, 0, 0, 1]) == pytest.approx(16 / 10)


@given(st.lists(st.integers(0, 5), min_size=1, max_size=40))
def test_an_effective_sample_size_is_at_most_the_number_of_clusters(clusters):
    assert 1 <= effective_sample_size(clusters) <= len(set(clusters)) + 1e-9


def test_a_clustered_interval_is_that_of_fewer_observations():
    right = [True] * 12 + [False] * 4
    assert clustered_interval(right, range(16)) == wilson_interval(12, 16)
    assert clustered_interval(right, np.repeat(np.arange(4), 4)) == pytest.approx(
        wilson_interval(3, 4)
    )


@pytest.mark.parametrize(("successes", "clusters"), [([], []), ([True], [0, 1]), ([[True]], [[0]])])
def test_a_clustered_interval_needs_a_cluster_an_observation(successes, clusters):
    with pytest.raises(ValueError):
        clustered_interval(successes, clusters)
