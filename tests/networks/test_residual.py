from keras import layers

from captcha_model.config import CaptchaConfig
from captcha_model.networks import build, find, time_steps
from captcha_model.networks.residual import BLOCKS


def test_it_has_nine_blocks_that_halve_the_image_four_times():
    config = CaptchaConfig("2345678bcdefgmnpwxy", architecture="residual", channels=3)
    network = build(config)
    assert [16 * factor for factor, _ in BLOCKS] == [16, 16, 16, 32, 32, 64, 32, 64, 64]
    assert [strides for _, strides in BLOCKS].count(2) == 4
    assert sum(isinstance(x, layers.Add) for x in network.layers) == 9
    assert time_steps(config) == 4 * 13
    assert not find("residual").left_to_right
