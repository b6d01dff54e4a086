from keras import layers

from captcha_model.config import CaptchaConfig
from captcha_model.networks import build, time_steps


def test_it_has_the_layers_of_the_example():
    config = CaptchaConfig("2345678bcdefgmnpwxy", architecture="keras-ctc")
    network = build(config)
    convolutions = [x for x in network.layers if isinstance(x, layers.Conv2D)]
    recurrent = [x for x in network.layers if isinstance(x, layers.Bidirectional)]
    assert [x.filters for x in convolutions] == [32, 64]
    assert all(type(x.kernel_initializer).__name__ == "HeNormal" for x in convolutions)
    assert [x.forward_layer.units for x in recurrent] == [128, 64]
    assert [x.forward_layer.dropout for x in recurrent] == [0.25, 0.25]
    assert time_steps(config) == 50
    assert network.output_shape == (None, 50, 20)
