import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from captcha_model.data.synthetic.looks.canvas import GROUNDS, draw_ground, draw_size
from captcha_model.data.synthetic.looks.colours import Palette, luminance

PALETTE = Palette((200, 210, 190), (10, 20, 30), dark_ground=False)


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(["wide", "large", "square", "strip"]), st.integers(3, 10), st.integers(0, 2**40)
)
def test_sizes_are_within_bounds(shape, length, seed):
    width, height = draw_size(shape, length, np.random.default_rng(seed))
    assert 20 <= width <= (700 if shape == "strip" else 400)
    if shape == "square":
        assert 0.65 <= height / width <= 1.2
    elif shape == "strip":
        assert width >= 150
        assert 1.4 <= width / height <= 14
    else:
        assert 1.4 <= width / height <= 7.5
    assert height >= 13


@pytest.mark.parametrize("kind", GROUNDS)
@pytest.mark.parametrize("size", [(20, 13), (333, 77)])
def test_grounds_stay_near_their_colour(kind, size):
    random = np.random.default_rng(3)
    for _ in range(10):
        image = draw_ground(kind, size, PALETTE, random)
        assert (image.mode, image.size) == ("RGB", size)
        level = np.asarray(image.convert("L")).mean()
        assert abs(level - luminance(PALETTE.ground)) < 62
