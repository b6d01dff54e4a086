import zipfile

import keras
import numpy as np
import pytest

from captcha_model.export.formats import FORMATS, export_model
from captcha_model.images.preprocessing import to_batch


@pytest.mark.slow
def test_plain_keras_opens_it_uncompiled(any_model, pixels, tmp_path):
    path = export_model(any_model, "keras", tmp_path / "m.keras")
    network = keras.saving.load_model(path)
    assert not network.compiled
    logits = eval(FORMATS["keras"].usage_of(path), {"keras": keras, "images": to_batch(pixels)})
    # Run alike: a deep network's sums are rounded otherwise where they are taken in another order.
    expected = any_model.network(to_batch(pixels), training=False)
    np.testing.assert_allclose(logits, expected, atol=1e-4)


@pytest.mark.slow
def test_it_names_nothing_of_ours(any_model, tmp_path):
    path = export_model(any_model, "keras", tmp_path / "m.keras")
    with zipfile.ZipFile(path) as contents:
        assert b"captcha_model" not in contents.read("config.json")


def test_a_trained_network_is_written_without_its_loss(small_model, small_config, tmp_path):
    from captcha_model.model import CaptchaModel

    network = keras.models.clone_model(small_model.network)
    network.compile("adam", loss="mse")
    path = export_model(CaptchaModel(small_config, network), "keras", tmp_path / "m.keras")
    assert not keras.saving.load_model(path).compiled
