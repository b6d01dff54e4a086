import numpy as np
import pytest

from captcha_model.errors import ExportError
from captcha_model.export._inference_copy import inference_copy, quiet
from captcha_model.images.preprocessing import to_batch
from tests.random_models import random_model


@pytest.mark.slow
def test_a_copy_has_no_layer_that_only_a_gpu_could_run(any_model, pixels):
    """`auto` would become a cuDNN operation on a machine with a GPU."""
    before = [layer.use_cudnn for layer in recurrent(any_model.network)]
    copy = inference_copy(any_model.config, any_model.network)
    assert all(layer.use_cudnn is False for layer in recurrent(copy))
    assert len(recurrent(copy)) == len(before)
    assert [layer.use_cudnn for layer in recurrent(any_model.network)] == before
    logits = copy(to_batch(pixels), training=False).numpy()
    # Run alike: a deep network's sums are rounded otherwise where they are taken in another order.
    expected = any_model.network(to_batch(pixels), training=False).numpy()
    np.testing.assert_allclose(logits, expected, atol=1e-4)


def recurrent(network) -> list:
    return [layer for layer in network._flatten_layers() if hasattr(layer, "use_cudnn")]


@pytest.mark.slow
def test_a_copy_draws_no_random_numbers(pixels):
    """Keras draws a recurrent layer's dropout mask even where it is not used."""
    model = random_model("keras-ctc", options={"lstm_dropout": 0.5})
    copy = inference_copy(model.config, model.network)
    states = [v for v in copy.variables if "seed" in v.path]
    before = [v.numpy() for v in states]
    copy(to_batch(pixels), training=False)
    assert states
    np.testing.assert_array_equal(before, [v.numpy() for v in states])


def test_another_backend_is_refused(small_model, monkeypatch):
    monkeypatch.setattr("keras.backend.backend", lambda: "jax")
    with pytest.raises(ExportError, match="KERAS_BACKEND=tensorflow") as caught:
        inference_copy(small_model.config, small_model.network)
    assert caught.value.code == "EXPORT_BACKEND"


def test_what_was_held_back_comes_out_with_an_error(capfd):
    import os

    with quiet():
        os.write(2, b"a remark\n")
    assert capfd.readouterr().err == ""
    with pytest.raises(RuntimeError), quiet():
        os.write(2, b"a reason\n")
        raise RuntimeError
    assert capfd.readouterr().err == "a reason\n"
