"""The formulas of other readers, on probabilities that are written out by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from benchmarks.rules_of_thumb import (
    RULES,
    least_confident_step,
    mean_of_first_steps,
    tempered_product,
    worst_character,
)

# A blank, "1" over two steps, "2" right behind it, a blank, "2" again, a blank.
WORD = np.array(
    [
        [0.9, 0.1, 0.0],
        [0.3, 0.7, 0.0],
        [0.2, 0.8, 0.0],
        [0.1, 0.4, 0.5],
        [0.95, 0.0, 0.05],
        [0.0, 0.01, 0.99],
        [0.6, 0.2, 0.2],
    ]
)
BLANK = np.array([[0.9, 0.1], [0.8, 0.2]])


def test_the_first_step_of_every_character_counts():
    assert mean_of_first_steps(WORD) == pytest.approx((0.7 + 0.5 + 0.99) / 3)


def test_every_step_that_is_not_blank_counts():
    assert tempered_product(WORD) == pytest.approx(0.7 * 0.8 * 0.5 * 0.99)  # 2 / sqrt(4) is 1.
    one = np.array([[0.5, 0.5], [0.1, 0.9]])  # A tie is the blank's, as its class comes first.
    assert tempered_product(one) == pytest.approx(0.9**2)


def test_the_least_confident_step_may_be_a_blank():
    assert least_confident_step(WORD) == 0.5
    assert least_confident_step(WORD[4:]) == 0.6


def test_the_worst_character_is_cut_at_nothing():
    assert worst_character(WORD) == pytest.approx(1 + 0.35 * math.log(0.5))
    assert worst_character(np.full((2, 50), [0.01, 0.03] + [0.02] * 48)) == 0.0


@pytest.mark.parametrize("rule", [mean_of_first_steps, tempered_product, worst_character])
def test_where_nothing_is_read_there_is_nothing_to_be_sure_of(rule):
    assert rule(BLANK) == 0.0


probabilities = arrays.arrays(
    float, st.tuples(st.integers(1, 8), st.integers(2, 4)), elements=st.floats(0.01, 1)
).map(lambda weights: weights / weights.sum(axis=1, keepdims=True))


def certainties(image: np.ndarray) -> list[float]:
    """Walk over the steps as the docstring of `worst_character` says."""
    best, found, t = image.argmax(axis=1).tolist(), [], 0
    while t < len(best):
        lowest = 0.0
        while t < len(best) and best[t] == 0:
            lowest, t = min(lowest, math.log(image[t].max())), t + 1
        if t == len(best):
            found[-1:] = [min(found[-1], lowest)] if found else []
            break
        begin = t
        while t < len(best) and best[t] == best[begin]:
            lowest, t = min(lowest, math.log(image[t].max())), t + 1
        found.append(lowest)
    return found


@given(probabilities)
def test_the_worst_character_is_the_one_that_a_walk_finds(image):
    walked = certainties(image)
    expected = max(0.0, 1 + 0.35 * min(walked)) if walked else 0.0
    assert worst_character(image) == pytest.approx(expected)


@given(probabilities)
def test_all_of_them_are_confidences(image):
    assert all(0 <= rule(image) <= 1 + 1e-12 for rule in RULES.values())
