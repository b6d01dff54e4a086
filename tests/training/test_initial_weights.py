from dataclasses import replace

import keras
import numpy as np
import pytest

from captcha_model import networks
from captcha_model.config import CaptchaConfig
from captcha_model.errors import ConfigError
from captcha_model.model import CaptchaModel
from captcha_model.networks.base import OUTPUT
from captcha_model.training.initial_weights import initialise, moved_back

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


def test_the_mean_of_the_first_and_the_last_weights(before):
    folder, model = before
    _, network = initialised(before, "abAB1")
    start = network.get_weights()
    end = [weight + number for number, weight in enumerate(start)]
    network.set_weights(end)
    config = replace(model.config, characters="abAB1")
    moved = moved_back(network, start, 20, 60, config, folder)
    for number, (first, between) in enumerate(zip(start, moved, strict=True)):
        np.testing.assert_allclose(between, first + 0.75 * number, rtol=1e-5, atol=1e-6)
    # The network itself is left to the caller.
    np.testing.assert_array_equal(network.get_weights()[3], end[3])


def test_no_weight_is_the_trained_network(before):
    folder, model = before
    _, network = initialised(before, "ab?")
    start = [weight - 1 for weight in network.get_weights()]
    config = replace(model.config, characters="ab?")
    moved = moved_back(network, start, 0, 5, config, folder)
    for between, last in zip(moved, network.get_weights(), strict=True):
        np.testing.assert_allclose(between, last, rtol=1e-5, atol=1e-6)


def test_new_characters_stay_as_trained_and_let_the_first_weights_count_less(before):
    folder, model = before
    _, network = initialised(before, "a?b!")
    start = network.get_weights()
    network.set_weights([weight + 1 for weight in start])
    config = replace(model.config, characters="a?b!")
    # Two of four characters are known, so that 20 images count for 10, a quarter of all 40.
    network.set_weights(moved_back(network, start, 20, 30, config, folder))
    begun = dict(zip([id(w) for w in network.weights], start, strict=True))
    kernel, bias = (begun[id(w)] for w in network.get_layer(OUTPUT).weights)
    for number, moves in enumerate([0.75, 0.75, 1, 0.75, 1]):
        np.testing.assert_allclose(
            row(network, number), np.append(kernel[:, number], bias[number]) + moves, rtol=1e-5
        )
    np.testing.assert_allclose(network.get_weights()[0], start[0] + 0.75, rtol=1e-5)
