from dataclasses import replace

import keras
import numpy as np

from captcha_model.config import CaptchaConfig
from captcha_model.networks import build, count_parameters, time_steps
from captcha_model.networks.base import STEP_WIDTH
from captcha_model.vocabulary import BLANK

SMALL = {"filters": 4, "dense": 8, "lstm": 8}
CONFIG = CaptchaConfig("abcde", "general", 48, 288, 3, "scale", 96, options=SMALL)


def test_every_width_has_a_step_for_every_four_pixels():
    network = build(CONFIG)
    assert network.input_shape == (None, 48, None, 3)
    assert time_steps(CONFIG) == 72
    for width in (96, 112, 288):
        assert network(np.zeros((2, 48, width, 3), np.float32)).shape == (2, width // STEP_WIDTH, 6)


def test_the_default_is_small_enough():
    config = CaptchaConfig("".join(map(chr, range(33, 104))), "general", 48, 288, 3, "scale", 96)
    assert 600_000 <= count_parameters(config) <= 2_500_000


def test_more_convolutions_keep_the_shapes():
    deeper = replace(CONFIG, options={**SMALL, "at_quarter": 3, "at_eighth": 3})
    shallow, deep = build(CONFIG), build(deeper)
    convolutions = [
        sum(isinstance(layer, keras.layers.BatchNormalization) for layer in network.layers)
        for network in (shallow, deep)
    ]
    assert convolutions == [6, 9]
    assert deep.output_shape == shallow.output_shape


def test_the_contrast_and_the_brightness_of_an_image_do_not_matter():
    keras.utils.set_random_seed(1)
    network = build(CONFIG)
    image = np.random.default_rng(1).uniform(0.3, 0.7, (1, 48, 96, 3)).astype(np.float32)
    first = keras.ops.convert_to_numpy(network(image))
    changed = image * np.float32([1.4, 0.8, 1.0]) - np.float32([0.05, -0.2, 0.1])
    assert np.ptp(first) > 0.1
    np.testing.assert_allclose(network(changed), first, atol=0.03)


def test_the_blank_begins_as_the_less_likely():
    bias = keras.ops.convert_to_numpy(build(CONFIG).get_layer("logits").bias)
    assert bias.argmin() == BLANK
    assert bias.min() < 0
