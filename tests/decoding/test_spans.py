import itertools
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from captcha_model.decoding import spans as module
from captcha_model.prediction import Frame

# The number of steps before each character, and of its own.
runs = st.lists(st.tuples(st.floats(0, 9), st.floats(1, 5)), max_size=6)


def spans(
    begins: Sequence[float], ends: Sequence[float], steps: int, frame: Frame
) -> list[tuple[float, float]]:
    """Return the spans of one text, in a batch with another one that must not matter."""
    other = [float(n) for n in range(len(begins) + 2)]
    rows = [[*row, *[np.nan] * 2] for row in (begins, ends)]
    found = module.spans(
        np.array([rows[0], other]),
        np.array([rows[1], [n + 1 for n in other]]),
        np.array([len(begins), len(other)]),
        steps,
        [frame, Frame(77, 50)],
    )
    assert len(found[1]) == len(other)
    return found[0]


def edges(runs: list[tuple[float, float]]) -> tuple[list[float], list[float]]:
    begins, ends = [], []
    for gap, taken in runs:
        begins.append((ends[-1] if ends else 0.0) + gap)
        ends.append(begins[-1] + taken)
    return begins, ends


@given(runs, st.floats(0, 9), st.floats(0.001, 1), st.integers(1, 4000))
def test_spans_lie_in_the_image_whatever_the_padding(runs, rest, filled, width):
    begins, ends = edges(runs)
    steps = max(1, int((ends[-1] if ends else 0) + rest) + 1)
    whole = spans(begins, ends, steps, Frame(width, 50))
    padded = spans(begins, ends, steps, Frame(width, 50, filled))
    assert len(whole) == len(padded) == len(runs)
    for found in (whole, padded):
        for left, right in found:
            assert 0 <= left < right <= width
    for (_, first), (second, _) in itertools.pairwise(whole):
        assert first == pytest.approx(second, abs=width / steps)
    for (_, right), (_, unpadded) in zip(padded, whole, strict=True):
        # In columns of the network, padding moves no edge that is within the image.
        assert right == pytest.approx(min(unpadded / filled, width))


@pytest.mark.slow
@given(runs.filter(lambda runs: len(runs) > 1))
def test_a_span_contains_the_centre_of_its_character_and_meets_the_next(runs):
    begins, ends = edges(runs)
    steps = int(ends[-1]) + 1
    found = spans(begins, ends, steps, Frame(steps * 10, 50))
    for (left, right), begin, end in zip(found[:-1], begins, ends, strict=False):
        assert left < 10 * (begin + end) / 2 < right
    for (_, right), (left, _) in itertools.pairwise(found[:-1]):
        assert right == left


def test_spans_meet_half_way_and_end_symmetrically():
    assert spans([2, 6, 8], [3, 7, 9], 10, Frame(200, 50)) == [
        (10.0, 90.0),
        (90.0, 150.0),
        (150.0, 190.0),
    ]
    assert spans([2], [4], 10, Frame(200, 50)) == [(40.0, 80.0)]
    assert spans([], [], 10, Frame(200, 50)) == []


def test_padding():
    """A fraction of the columns shows the image, and the rest is padding."""
    assert spans([1, 3, 8], [2, 4, 9], 10, Frame(200, 50, 0.5)) == [
        (20.0, 100.0),
        (100.0, 200.0),
        (160.0, 200.0),
    ]
    assert spans([7], [9], 10, Frame(200, 50, 0.5)) == [(160.0, 200.0)]
    # Here the image is narrower than a step.
    assert spans([9], [10], 10, Frame(200, 50, 0.05)) == [(0.0, 200.0)]


def test_the_outer_ends_stop_at_the_images_edges():
    assert spans([0, 9], [1, 10], 10, Frame(200, 50)) == [(0.0, 100.0), (100.0, 200.0)]


@given(runs, st.integers(0, 200), st.integers(1, 300), st.integers(0, 200))
def test_spans_of_a_part_of_the_image_begin_at_its_left_edge(runs, left, seen, rest):
    begins, ends = edges(runs)
    steps = int(ends[-1] if ends else 0) + 1
    right = left + seen
    part = spans(begins, ends, steps, Frame(right + rest, 50, left=left, right=right))
    alone = spans(begins, ends, steps, Frame(seen, 50))
    assert part == [pytest.approx((one + left, other + left)) for one, other in alone]
    assert all(left <= one < other <= right for one, other in part)
