import numpy as np
import pytest

from captcha_model._utils.keras_backend import device_name, load_keras
from captcha_model.runtimes.keras import KerasRuntime


@pytest.mark.slow
def test_any_batch_size_gives_the_networks_own_logits(small_model):
    runtime = KerasRuntime(small_model.network, small_model.config)
    for size in (1, 3, 7):
        batch = np.random.default_rng(size).random(
            (size, *small_model.config.input_shape), np.float32
        )
        logits = runtime.logits(batch)
        assert (logits.shape, logits.dtype) == ((size, 16, 4), np.float32)
        expected = small_model.network(batch, training=False).numpy()
        assert logits == pytest.approx(expected, abs=1e-5)


def test_new_weights_are_seen(small_model):
    keras = load_keras()
    network = keras.models.clone_model(small_model.network)
    runtime = KerasRuntime(network, small_model.config)
    batch = np.ones((1, *small_model.config.input_shape), np.float32)
    before = runtime.logits(batch)
    network.set_weights([weight + 0.1 for weight in network.get_weights()])
    assert not np.allclose(runtime.logits(batch), before)


def test_the_device_has_a_name(small_model):
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")
    assert (
        KerasRuntime(small_model.network, small_model.config).device == f"{device_name()} (Keras)"
    )
    assert (device_name() == "CPU") == (not gpus)


def test_keras_is_imported_once():
    assert load_keras() is load_keras()
