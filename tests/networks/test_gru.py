from keras import layers

from captcha_model.config import CaptchaConfig
from captcha_model.networks import build, time_steps


def test_it_has_three_bidirectional_layers_on_two_convolutional_blocks():
    config = CaptchaConfig("abc", architecture="gru", height=16, width=66, options={"gru": 8})
    network = build(config)
    recurrent = [x for x in network.layers if isinstance(x, layers.Bidirectional)]
    assert [type(x.forward_layer) for x in recurrent] == [layers.GRU] * 3
    assert sum(isinstance(x, layers.Conv2D) for x in network.layers) == 2
    assert time_steps(config) == 16
