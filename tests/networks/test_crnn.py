import keras
import pytest

from captcha_model.config import CaptchaConfig
from captcha_model.networks import build, time_steps
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
