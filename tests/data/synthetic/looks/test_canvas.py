import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from captcha_model.data.synthetic.looks.canvas import draw_size


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(["wide", "roomy", "large", "square", "strip", "small"]),
    st.integers(3, 10),
    st.integers(0, 2**40),
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
    assert 13 <= height <= (40 if shape == "small" else 250)
