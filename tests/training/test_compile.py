from dataclasses import replace

import keras
import numpy as np
import pytest

from captcha_model.config import CaptchaConfig
from captcha_model.networks import describe, time_steps
from captcha_model.training import compile as module
from captcha_model.training.compile import compiled_network, dtype_policy, precision
from captcha_model.training.losses import CTC, CTCWithACE
from captcha_model.training.run_config.settings import OPTIMIZERS, SCHEDULES, TrainingSettings
from captcha_model.training.schedule import OneCycle, SquareRoot

FIXED = CaptchaConfig("ab", architecture="multi-head", height=16, width=32, options={"places": 2})


def one_step(network: keras.Model, config: CaptchaConfig) -> float:
    images = np.random.default_rng(0).random((4, *config.input_shape), np.float32)
    width = describe(config).output.target_width(time_steps(config), longest=2)
    targets = config.vocabulary.encode_batch(["ab", "b", "aa", "ba"], width)
    return float(network.train_on_batch(images, targets))


@pytest.mark.slow
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_optimizer_takes_a_step(small_config, optimizer):
    settings = TrainingSettings(optimizer=optimizer, clip_norm=None)
    network = compiled_network(small_config, settings, steps=10)
    before = [w.copy() for w in network.get_weights()]
    assert np.isfinite(one_step(network, small_config))
    assert any((a != b).any() for a, b in zip(before, network.get_weights(), strict=True))


def test_names_do_not_tell_what_was_built_before(small_config):
    first, second = (compiled_network(small_config, TrainingSettings(), 10) for _ in range(2))
    assert [layer.name for layer in first.layers] == [layer.name for layer in second.layers]
    assert first.optimizer.name == second.optimizer.name


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_every_schedule_is_there(small_config, schedule):
    settings = TrainingSettings(schedule=schedule, learning_rate=0.25)
    optimizer = compiled_network(small_config, settings, steps=10).optimizer
    kinds = {
        "one-cycle": OneCycle,
        "square-root": SquareRoot,
        "linear": keras.optimizers.schedules.PolynomialDecay,
    }
    if schedule == "constant":
        assert float(optimizer.learning_rate) == 0.25
    else:
        assert isinstance(optimizer._learning_rate, kinds[schedule])


def test_weight_decay_and_clipping_arrive(small_config):
    settings = TrainingSettings(weight_decay=0.125, clip_norm=2.0)
    optimizer = compiled_network(small_config, settings, steps=10).optimizer
    assert (optimizer.weight_decay, optimizer.clipnorm) == (0.125, 2.0)
    none = replace(settings, weight_decay=0, clip_norm=None)
    optimizer = compiled_network(small_config, none, steps=10).optimizer
    assert (optimizer.weight_decay, optimizer.clipnorm) == (None, None)


def test_the_extra_term_is_for_random_weights(small_config):
    assert isinstance(compiled_network(small_config, TrainingSettings(), 10).loss, CTCWithACE)
    going_on = compiled_network(small_config, TrainingSettings(init="general"), 10).loss
    assert isinstance(going_on, CTC)


def test_16_bits_are_for_gpus_and_processors_that_multiply_them(small_config, monkeypatch):
    settings = TrainingSettings(mixed_precision=True)
    monkeypatch.setattr(module, "device_name", lambda: "CPU")
    monkeypatch.setattr(module, "multiplies_bfloat16", lambda: True)
    assert precision() == "mixed_bfloat16"
    monkeypatch.setattr(module, "multiplies_bfloat16", lambda: False)
    assert precision() == "float32"
    assert compiled_network(small_config, settings, 1).layers[1].compute_dtype == "float32"


@pytest.mark.slow
@pytest.mark.parametrize("architecture", ["crnn", "multi-head", "gru", "keras-ctc", "residual"])
def test_in_16_bits_the_logits_and_the_weights_have_32(architecture, monkeypatch):
    monkeypatch.setattr(module, "precision", lambda: "mixed_bfloat16")
    config = CaptchaConfig("ab", architecture=architecture, height=16, width=64)
    network = compiled_network(config, TrainingSettings(mixed_precision=True), 1)
    assert network.layers[1].compute_dtype == "bfloat16"
    assert network.output.dtype == "float32"
    assert {w.dtype for w in network.weights} == {"float32"}
    assert np.isfinite(one_step(network, config))
    assert keras.config.dtype_policy().name == "float32"


def test_the_policy_comes_back_after_an_error():
    def fail() -> None:
        with dtype_policy("mixed_bfloat16"):
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert keras.config.dtype_policy().name == "float32"
