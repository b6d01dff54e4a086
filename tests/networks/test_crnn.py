import keras
import numpy as np
import pytest
from keras import layers

from captcha_model.config import CaptchaConfig
from captcha_model.networks import build, time_steps
from captcha_model.networks._blocks import columns_to_steps, dense_columns
from captcha_model.vocabulary import BLANK

SMALL = {"filters": 4, "dense": 8, "lstm": 8}


@pytest.mark.parametrize("width", [8, 63, 64, 65, 66, 67, 200])
@pytest.mark.parametrize("height", [8, 50])
def test_every_size_has_its_steps(width, height):
    config = CaptchaConfig("abcde", height=height, width=width, options=SMALL)
    assert build(config).output_shape == (None, time_steps(config), 6)


def test_the_default_has_a_step_for_every_four_pixels():
    config = CaptchaConfig("2345678bcdefgmnpwxy")
    assert time_steps(config) == 50
    assert build(config).count_params() == 106_084


def test_the_blank_begins_as_the_less_likely():
    bias = build(CaptchaConfig("abc", options=SMALL)).get_layer("logits").bias
    assert keras.ops.convert_to_numpy(bias).tolist() == [
        -2.0 if i == BLANK else 0.0 for i in range(4)
    ]


def test_columns_as_a_convolution_are_a_dense_layer_of_each():
    pictures = keras.Input((3, 7, 4))
    ours = keras.Model(pictures, dense_columns(pictures, 5))
    dense = layers.Dense(5, activation="relu")
    plain = keras.Model(pictures, dense(columns_to_steps(pictures)))
    kernel, bias = ours.get_weights()
    assert kernel.shape == (3, 1, 4, 5)
    rng = np.random.default_rng(0)
    bias = rng.normal(size=bias.shape).astype(np.float32)
    ours.set_weights([kernel, bias])
    plain.set_weights([kernel.reshape(12, 5), bias])
    images = rng.normal(size=(2, 3, 7, 4)).astype(np.float32)
    assert ours.output_shape == (None, 7, 5)
    np.testing.assert_allclose(ours(images), plain(images), atol=1e-5)
    # It also begins as one, whose numbers lie between the same bounds.
    bound = np.sqrt(6 / (12 + 5))
    assert 0.8 * bound < np.abs(kernel).max() <= bound
