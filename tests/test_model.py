import shutil
import sys

import numpy as np
import pytest

from captcha_model.errors import ModelFolderError, RuntimeFallbackWarning
from captcha_model.hub import BUNDLED
from captcha_model.model import CaptchaModel
from captcha_model.storage.manifest import (
    KERAS_FILES,
    KERAS_METADATA,
    NETWORK_FILES,
    ONNX_FILE,
    WEIGHTS_FILE,
)


@pytest.fixture
def folder(tmp_path):
    """A copy of the bundled model."""
    return shutil.copytree(BUNDLED, tmp_path / "model")


def damage(path) -> None:
    path.write_bytes(path.read_bytes()[:-1] + b"?")


def test_without_a_gpu_onnx_runtime_reads(monkeypatch, recwarn):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    assert CaptchaModel.from_pretrained().device == "CPU (ONNX Runtime)"
    assert CaptchaModel.from_pretrained(runtime="keras").device.endswith("(Keras)")
    assert not [w for w in recwarn if w.category is RuntimeFallbackWarning]


@pytest.mark.slow
@pytest.mark.parametrize("spoil", [damage, lambda path: path.unlink()])
def test_keras_reads_what_onnx_runtime_cannot(folder, spoil, synthetic, keras_model, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    spoil(folder / ONNX_FILE)
    with pytest.warns(RuntimeFallbackWarning, match="model.onnx.* Keras reads instead") as caught:
        model = CaptchaModel.from_pretrained(folder)
    (warning,) = (w for w in caught if w.category is RuntimeFallbackWarning)
    assert warning.filename == __file__
    assert model.device.endswith("(Keras)")
    assert np.array_equal(
        model.logits(synthetic.pixels[:2]), keras_model.logits(synthetic.pixels[:2])
    )
    with pytest.raises(ModelFolderError):
        CaptchaModel.from_pretrained(folder, runtime="onnx")


def test_a_missing_onnx_runtime_is_told(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.warns(RuntimeFallbackWarning, match="'onnxruntime'.* Keras reads instead"):
        assert CaptchaModel.from_pretrained().device.endswith("(Keras)")


def test_where_neither_can_read_the_first_reason_is_told(folder, recwarn):
    damage(folder / ONNX_FILE)
    (folder / WEIGHTS_FILE).unlink()
    with pytest.raises(ModelFolderError, match=ONNX_FILE) as caught:
        CaptchaModel.from_pretrained(folder)
    assert caught.value.code == "WEIGHTS_DAMAGED"
    assert not [w for w in recwarn if w.category is RuntimeFallbackWarning]


def test_an_unknown_runtime_is_refused():
    with pytest.raises(ValueError, match="torch"):
        CaptchaModel.from_pretrained(runtime="torch")


@pytest.mark.slow
def test_a_model_that_onnx_runtime_reads_is_copied_when_it_is_saved(folder, tmp_path):
    model = CaptchaModel.from_pretrained(folder, runtime="onnx")
    model.save_pretrained(tmp_path / "copy")
    # That of an earlier format gets a copy of the settings.
    for name in set(NETWORK_FILES) - {KERAS_METADATA}:
        assert (tmp_path / "copy" / name).read_bytes() == (BUNDLED / name).read_bytes()
    assert model.device == "CPU (ONNX Runtime)"
    # Also onto itself.
    model.save_pretrained(folder)
    assert CaptchaModel.from_pretrained(folder, runtime="keras").config == model.config


def test_what_is_missing_for_saving_is_told(folder, tmp_path):
    for name in KERAS_FILES:
        (folder / name).unlink()
    model = CaptchaModel.from_pretrained(folder, runtime="onnx")
    for use in (lambda: model.save_pretrained(tmp_path / "copy"), lambda: model.network):
        with pytest.raises(ModelFolderError, match="lacks") as caught:
            use()
        assert caught.value.code == "WEIGHTS_MISSING"
    assert not (tmp_path / "copy").exists()


def test_a_folder_is_found_again_from_elsewhere(folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    model = CaptchaModel.from_pretrained("model", runtime="onnx")
    monkeypatch.chdir("/")
    model.save_pretrained(tmp_path / "copy")
    assert model.network.count_params() == 106_084


@pytest.mark.slow
def test_the_network_reads_once_somebody_may_have_changed_it(synthetic):
    model = CaptchaModel.from_pretrained(runtime="onnx")
    before = model.logits(synthetic.pixels[:1])
    network = model.network
    assert model.logits(synthetic.pixels[:1]) == pytest.approx(before, abs=1e-4)
    network.set_weights([weight * 0 for weight in network.get_weights()])
    assert np.ptp(model.logits(synthetic.pixels[:1])) == 0
    assert model.network is network
    assert model.device.endswith("(Keras)")


def test_a_model_from_nowhere_has_no_keras_network(small_config):
    class Nothing:
        device = "nothing"
        threads = None
        concurrent = False

        def logits(self, batch, *, busy=False):
            return np.tile(np.float32([9, 0, 0, 0]), (len(batch), 16, 1))

    alone = CaptchaModel(small_config, runtime=Nothing())
    assert alone.predict(np.zeros((16, 64), np.uint8)).text == ""
    with pytest.raises(ModelFolderError) as caught:
        _ = alone.network
    assert caught.value.code == "WEIGHTS_MISSING"
