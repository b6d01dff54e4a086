"""The compiled core's sums over pixels against NumPy's: equal to the last bit."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from captcha_model.calibration.image_statistics import measure
from captcha_model.inference.empty_images import _has_two_colours
from tests.native.both_ways import both

SHAPES = st.tuples(
    st.integers(0, 2), st.integers(4, 17), st.integers(4, 40), st.sampled_from((1, 3))
)
images = SHAPES.flatmap(
    lambda shape: st.one_of(
        arrays(np.uint8, shape),
        arrays(np.uint8, shape, elements=st.sampled_from([0, 255]), fill=st.just(0)),
    )
)


@settings(deadline=None)
@given(images)
def test_statistics(pixels):
    ours, reference = both(lambda: measure(pixels))
    assert ours.tolist() == reference.tolist()
    ours, reference = both(lambda: measure(pixels[:, ::-1, ::-1]))
    assert ours.tolist() == reference.tolist()


@pytest.mark.parametrize(
    "shape", [(1, 1024, 1024, 3), (1, 4, 1_000_000, 1), (40, 50, 200, 1), (2, 64, 1024, 3)]
)
@pytest.mark.parametrize("level", [0, 255, None])
def test_statistics_of_large_images(shape, level):
    pixels = np.full(shape, level or 0, np.uint8)
    if level is None:
        pixels = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    ours, reference = both(lambda: measure(pixels))
    assert ours.tolist() == reference.tolist()
    assert np.isfinite(ours).all()


def test_an_image_whose_sums_would_not_fit_is_refused():
    with pytest.raises(ValueError, match=r"at most 4000000 pixels\. Received: 5000 x 2001"):
        measure(np.zeros((1, 5000, 2001, 1), np.uint8))


@settings(deadline=None)
@given(images)
def test_two_colours(pixels):
    ours, reference = both(lambda: _has_two_colours(pixels))
    assert ours.tolist() == reference.tolist()


@pytest.mark.parametrize("place", [(0, 0, 1), (0, 1, 0), (6, 8, 2), (0, 0, 0)])
def test_one_other_pixel_is_seen(place):
    pixels = np.full((2, 7, 9, 3), 7, np.uint8)
    pixels[(1, *place)] = 8
    ours, reference = both(lambda: _has_two_colours(pixels))
    assert ours.tolist() == reference.tolist() == [False, True]
