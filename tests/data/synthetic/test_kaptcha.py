import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from captcha_model.data.synthetic import kaptcha
from captcha_model.data.synthetic.kaptcha import HEIGHT, WIDTH, distort, draw_strike_lines

coordinates = st.tuples(st.floats(0, 200), st.floats(0, 50))


def ink_at(ink, row, column):
    inside = 0 <= row < HEIGHT and 0 <= column < WIDTH
    return ink[row, column] if inside else 0.0


def interpolated(ink, row, column):
    """Sample an image with bilinear interpolation, pixel by pixel."""
    top, left = math.floor(row), math.floor(column)
    return sum(
        ink_at(ink, top + i, left + j) * (1 - abs(row - top - i)) * (1 - abs(column - left - j))
        for i in (0, 1)
        for j in (0, 1)
    )


def reference_distort(ink):
    """Apply Kaptcha's two filters, pixel by pixel."""
    watered = np.zeros_like(ink)
    for row in range(HEIGHT):
        for column in range(WIDTH):
            down, right = row - 25, column - 100
            distance = math.hypot(down, right)
            if distance > 50:
                watered[row, column] = ink[row, column]
                continue
            amount = 1.5 * math.sin(distance / 2 * 2 * math.pi - 10) * (50 - distance) / 50
            amount *= 2 / distance if distance else 1
            watered[row, column] = interpolated(ink, row + down * amount, column + right * amount)
    return np.array(
        [
            [
                interpolated(
                    watered, row + 1.7 * math.sin(column / 5), column + 2.6 * math.sin(row / 15)
                )
                for column in range(WIDTH)
            ]
            for row in range(HEIGHT)
        ]
    )


def test_the_filters_match_kaptcha():
    ink = np.random.default_rng(0).uniform(size=(HEIGHT, WIDTH))
    assert distort(ink) == pytest.approx(reference_distort(ink), abs=1e-9)


def test_no_ink_stays_empty_and_ink_stays_in_range():
    assert not distort(np.zeros((HEIGHT, WIDTH))).any()
    assert distort(np.ones((HEIGHT, WIDTH))).max() == pytest.approx(1)


@settings(max_examples=100, deadline=None)
@given(st.lists(coordinates, min_size=4, max_size=4))
def test_the_segments_follow_the_curve(curve):
    segments = [curve[0], *kaptcha._flattened(curve)]
    assert segments[-1] == pytest.approx(curve[-1])
    assert len(segments) <= 1 + 2**10
    (a, b, c, d) = (np.array(point) for point in curve)
    for t in np.linspace(0, 1, 30):
        point = (1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t**2 * c + t**3 * d
        distances = [kaptcha._distance(tuple(point), *s) for s in itertools.pairwise(segments)]
        assert min(distances) <= kaptcha._FLATNESS


def test_the_distance_from_a_segment():
    assert kaptcha._distance((3, 4), (0, 0), (0, 0)) == 5
    assert kaptcha._distance((2, 3), (0, 0), (10, 0)) == 3
    assert kaptcha._distance((14, 3), (0, 0), (10, 0)) == 5


def test_lines_go_from_left_to_right_and_get_thinner():
    lines = np.stack([draw_strike_lines(np.random.default_rng(seed)) for seed in range(200)])
    assert lines.min() == 0
    assert lines.max() == 1
    # Both start at column 20 and the long one ends at 180; square caps extend them.
    columns = lines.sum(axis=1)
    assert not columns[:, :17].any()
    assert not columns[:, 183:].any()
    assert (columns[:, 20:180] > 0.5).all()
    # Right of column 55 there is only the long one.
    assert columns[:, 24].mean() > 2 * columns[:, 170].mean()
    assert columns[:, 60:].max(axis=1).mean() < 5
    assert len({image.tobytes() for image in lines}) == 200


def test_a_horizontal_segment_has_the_given_thickness():
    class Level:
        def uniform(self, low, high, size):
            assert (low, high, size) == (0, HEIGHT, 4)
            return np.full(4, 25.0)

    lines = draw_strike_lines(Level())
    assert lines[:, 100].sum() == pytest.approx(3.6, abs=0.5)
    assert lines[25, 100] == 1
