import math

import keras
import pytest

from captcha_model.training.schedule import OneCycle, SquareRoot, linear


def rate(schedule, step) -> float:
    return float(schedule(step))


def test_one_cycle_rises_to_the_peak_and_falls():
    schedule = OneCycle(peak=2.0, steps=100, warm_up=0.2, start=0.1, end=0.01)
    assert rate(schedule, 0) == pytest.approx(0.2)
    assert rate(schedule, 10) == pytest.approx(2 * (0.1 + 0.9 / 2))
    assert rate(schedule, 20) == pytest.approx(2.0)
    assert rate(schedule, 60) == pytest.approx(2 * (0.01 + 0.99 / 2))
    assert rate(schedule, 100) == pytest.approx(0.02)
    assert rate(schedule, 150) == pytest.approx(0.02)
    rates = [rate(schedule, step) for step in range(101)]
    assert rates[:21] == sorted(rates[:21])
    assert rates[20:] == sorted(rates[20:], reverse=True)
    assert all(math.isfinite(r) for r in rates)


def test_square_root_rises_straight_and_falls_with_the_root():
    schedule = SquareRoot(peak=2.0, steps=400, warm_up=0.05)
    assert rate(schedule, 0) == pytest.approx(2 / 20)
    assert rate(schedule, 9) == pytest.approx(1.0)
    assert rate(schedule, 19) == pytest.approx(2.0)
    assert rate(schedule, 79) == pytest.approx(1.0)
    assert rate(schedule, 399) == pytest.approx(2 / math.sqrt(20))
    assert rate(SquareRoot(peak=2.0, steps=3), 0) == pytest.approx(2.0)


def test_linear_falls_straight_to_zero():
    schedule = linear(2.0, 100)
    assert [rate(schedule, step) for step in (0, 25, 50, 100, 150)] == pytest.approx(
        [2.0, 1.5, 1.0, 0.0, 0.0]
    )


@pytest.mark.parametrize("kind", [OneCycle, SquareRoot])
def test_they_can_be_saved(kind):
    schedule = kind(peak=2.0, steps=100)
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(schedule))
    assert again.get_config() == schedule.get_config()
    assert rate(again, 7) == rate(schedule, 7)
