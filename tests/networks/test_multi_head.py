import numpy as np
import pytest

from captcha_model.config import CaptchaConfig
from captcha_model.decoding.best_path import softmax
from captcha_model.networks import build, time_steps


def network(**options):
    small = {"filters": 4, "dense": 8, **options}
    config = CaptchaConfig("abc", architecture="multi-head", height=16, width=32, options=small)
    return build(config), config


@pytest.mark.parametrize("places", [1, 2, 7])
def test_there_is_a_head_for_every_place(places):
    built, config = network(places=places)
    assert time_steps(config) == places
    assert built.output_shape == (None, places, 4)


def test_sigmoids_are_divided_by_their_sum():
    """The option's logits, after the softmax, against the tutorial's own arithmetic."""
    built, config = network(sigmoid=1, places=2)
    plain, _ = network(sigmoid=0, places=2)
    plain.set_weights(built.get_weights())
    images = np.random.default_rng(0).random((3, *config.input_shape), np.float32)
    sigmoids = 1 / (1 + np.exp(-np.array(plain(images), np.float64)))
    expected = sigmoids / sigmoids.sum(axis=-1, keepdims=True)
    assert softmax(np.array(built(images))) == pytest.approx(expected, rel=1e-5)
