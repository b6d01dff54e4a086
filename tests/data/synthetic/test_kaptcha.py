import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from captcha_model.data.synthetic import kaptcha
from captcha_model.data.synthetic.kaptcha import HEIGHT, WIDTH, distort, draw_strikes

coordinates = st.tuples(st.floats(0, 200), st.floats(0, 50))


def ink_at(ink, row, column):
    inside = 0 <= row < HEIGHT and 0 <= column < WIDTH
    return ink[row, column] if inside else 0.0


def between(ink, row, column):
    """Read an image between four pixels, one by one."""
    top, left = math.floor(row), math.floor(column)
    return sum(
        ink_at(ink, top + i, left + j) * (1 - abs(row - top - i)) * (1 - abs(column - left - j))
        for i in (0, 1)
        for j in (0, 1)
    )


def slowly_distorted(ink):
    """Do what Kaptcha's two filters do, pixel by pixel."""
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
            watered[row, column] = between(ink, row + down * amount, column + right * amount)
    return np.array(
        [
            [
                between(
                    watered, row + 1.7 * math.sin(column / 5), column + 2.6 * math.sin(row / 15)
                )
                for column in range(WIDTH)
            ]
            for row in range(HEIGHT)
        ]
    )


def test_the_filters_are_those_of_kaptcha():
    ink = np.random.default_rng(0).uniform(size=(HEIGHT, WIDTH))
    assert distort(ink) == pytest.approx(slowly_distorted(ink), abs=1e-9)


def test_no_ink_stays_none_and_ink_stays_within_its_bounds():
    assert not distort(np.zeros((HEIGHT, WIDTH))).any()
    assert distort(np.ones((HEIGHT, WIDTH))).max() == pytest.approx(1)


@settings(max_examples=100, deadline=None)
@given(st.lists(coordinates, min_size=4, max_size=4))
def test_the_pieces_keep_to_the_curve(curve):
    pieces = [curve[0], *kaptcha._flattened(curve)]
    assert pieces[-1] == pytest.approx(curve[-1])
    assert len(pieces) <= 1 + 2**10
    (a, b, c, d) = (np.array(point) for point in curve)
    for t in np.linspace(0, 1, 30):
        point = (1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t**2 * c + t**3 * d
        near = min(kaptcha._distance(tuple(point), *piece) for piece in itertools.pairwise(pieces))
        assert near <= kaptcha._FLATNESS


def test_the_distance_from_a_piece():
    assert kaptcha._distance((3, 4), (0, 0), (0, 0)) == 5
    assert kaptcha._distance((2, 3), (0, 0), (10, 0)) == 3
    assert kaptcha._distance((14, 3), (0, 0), (10, 0)) == 5


def test_lines_go_from_the_left_to_the_right_and_thin_out():
    drawn = np.stack([draw_strikes(np.random.default_rng(seed)) for seed in range(200)])
    assert drawn.min() == 0
    assert drawn.max() == 1
    # Both begin at column 20 and the long one ends at 180; square ends reach a little further.
    columns = drawn.sum(axis=1)
    assert not columns[:, :17].any()
    assert not columns[:, 183:].any()
    assert (columns[:, 20:180] > 0.5).all()
    # Right of 55 there is the long one alone.
    assert columns[:, 24].mean() > 2 * columns[:, 170].mean()
    assert columns[:, 60:].max(axis=1).mean() < 5
    assert len({picture.tobytes() for picture in drawn}) == 200


def test_a_level_piece_is_as_thick_as_it_is_said_to_be():
    class Level:
        def uniform(self, low, high, size):
            assert (low, high, size) == (0, HEIGHT, 4)
            return np.full(4, 25.0)

    drawn = draw_strikes(Level())
    assert drawn[:, 100].sum() == pytest.approx(3.6, abs=0.5)
    assert drawn[25, 100] == 1
