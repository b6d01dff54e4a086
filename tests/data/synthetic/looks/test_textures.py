import numpy as np
import pytest

from captcha_model.data.synthetic.looks.textures import clouds, octaves, relief


def rng() -> np.random.Generator:
    return np.random.default_rng(4)


@pytest.mark.parametrize("size", [(30, 20), (200, 60)])
def test_noise_has_the_size_and_is_about_zero(size):
    for field in (
        clouds(size, 6, rng()),
        octaves(size, 16, 0.6, rng()),
        relief(octaves(size, 16, 0.6, rng()), rng()),
    ):
        assert field.shape == (size[1], size[0])
        assert np.isfinite(field).all()
        assert abs(field.mean()) < 0.6
        assert 0.2 < field.std() < 1.5


def test_a_larger_grain_is_smoother():
    fine, coarse = (np.abs(np.diff(clouds((200, 60), grain, rng()))).mean() for grain in (3, 24))
    assert coarse < fine / 3
