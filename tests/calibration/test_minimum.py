import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captcha_model.calibration.minimum import GRID, TOLERANCE, minimise

BOUNDS = (-3.0, 3.0)


@given(st.floats(*BOUNDS), st.sampled_from([1.0, 1.5, 2.0, 4.0]), st.floats(0, 2))
def test_the_lowest_point_of_a_valley_is_found(place, power, slope):
    def valley(x: float) -> float:
        return abs(x - place) ** power * (1 + slope * (x > place))

    found, value = minimise(valley, *BOUNDS)
    assert value == valley(found)
    # A flat ground has no place: its values are equal in the last digits.
    assert found == pytest.approx(place, abs=2 * TOLERANCE) or value < 1e-12


@pytest.mark.parametrize("end", BOUNDS)
def test_the_lowest_point_may_be_a_bound(end):
    assert minimise(lambda x: abs(x - 2 * end), *BOUNDS) == (end, 3)


def test_the_deeper_of_two_valleys_is_found():
    def double(x: float) -> float:
        return min((x + 2) ** 2, (x - 2) ** 2 - 0.5)

    assert minimise(double, *BOUNDS)[0] == pytest.approx(2, abs=1e-3)
    assert math.isclose(minimise(lambda x: double(-x), *BOUNDS)[0], -2, abs_tol=1e-3)


@pytest.mark.parametrize("place", [-2.9, -0.3, 1.234, 2.0])
def test_a_smooth_function_takes_a_few_calls_beside_the_grid(place):
    calls = []

    def smooth(x: float) -> float:
        calls.append(x)
        return math.cosh(x - place) + 0.1 * (x - place) ** 3

    assert minimise(smooth, *BOUNDS)[0] == pytest.approx(place, abs=TOLERANCE)
    assert len(calls) <= GRID + 1 + 10
    assert len(set(calls)) == len(calls)


@pytest.mark.parametrize("function", [lambda x: 1.0, lambda x: math.inf, lambda x: math.nan])
def test_it_ends_where_there_is_no_minimum(function):
    place, _ = minimise(function, *BOUNDS)
    assert BOUNDS[0] <= place <= BOUNDS[1]
