from dataclasses import replace

import keras
import numpy as np
import pytest

from captcha_model import networks
from captcha_model.config import CaptchaConfig
from captcha_model.errors import ConfigError
from captcha_model.model import CaptchaModel
from captcha_model.networks.base import OUTPUT
from captcha_model.training.initial_weights import initialise

OPTIONS = {"filters": 4, "dense": 8, "lstm": 8}


@pytest.fixture(scope="module")
def before(tmp_path_factory) -> tuple[str, CaptchaModel]:
    """A saved network that tells both cases of two letters, and a digit."""
    keras.utils.set_random_seed(1)
    config = CaptchaConfig(
        *("abAB1", "general"), height=48, width=96, min_width=48, channels=3, resize="scale",
        options=OPTIONS,
    )  # fmt: skip
    model = CaptchaModel(config)
    rows = model.network.get_layer(OUTPUT)
    rows.set_weights([np.random.default_rng(0).normal(size=w.shape) for w in rows.get_weights()])
    folder = tmp_path_factory.mktemp("before") / "model"
    model.save_pretrained(folder)
    return str(folder), model


def initialised(before, characters: str) -> tuple[keras.Model, keras.Model]:
    """Return the saved network, and another one that began with it."""
    folder, model = before
    config = replace(model.config, characters=characters)
    network = networks.build(config)
    initialise(network, config, folder)
    return model.network, network


def row(network: keras.Model, number: int) -> np.ndarray:
    """Return the weights of one class, its bias last."""
    kernel, bias = network.get_layer(OUTPUT).get_weights()
    return np.append(kernel[:, number], bias[number])


def test_every_layer_is_copied_and_the_rows_follow_their_characters(before):
    old, new = initialised(before, "1Bab")
    for layer, other in zip(old.layers, new.layers, strict=True):
        if layer.name != OUTPUT:
            for a, b in zip(layer.get_weights(), other.get_weights(), strict=True):
                np.testing.assert_array_equal(a, b)
    for number, source in enumerate([0, 5, 4, 1, 2]):
        np.testing.assert_array_equal(row(new, number), row(old, source))


def test_a_letter_of_one_case_begins_as_the_mean_of_both(before):
    old, new = initialised(before, "1ab")
    np.testing.assert_allclose(row(new, 2), (row(old, 1) + row(old, 3)) / 2, rtol=1e-6)
    np.testing.assert_array_equal(row(new, 1), row(old, 5))


def test_an_unknown_character_keeps_its_random_row(before):
    old, new = initialised(before, "ab?")
    assert np.isfinite(row(new, 3)).all()
    assert not any(np.allclose(row(new, 3), row(old, n)) for n in range(6))


def test_the_same_vocabulary_is_the_same_network(before):
    old, new = initialised(before, "abAB1")
    for a, b in zip(old.get_weights(), new.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_another_network_is_refused(before):
    folder, model = before
    config = replace(model.config, options={**OPTIONS, "filters": 5})
    with pytest.raises(ConfigError, match="its options"):
        initialise(networks.build(config), config, folder)
