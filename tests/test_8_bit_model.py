"""The bundled models with their graphs in 8 bits."""

import json
import pickle
import shutil

import numpy as np
import pytest

from captcha_model import CaptchaModel
from captcha_model.data.dataset import load_dataset
from captcha_model.data.synthetic.looks.renderer import LookRenderer
from captcha_model.errors import ConfigError, ModelFolderError
from captcha_model.pretrained_models import GENERAL, REGISTRY
from captcha_model.runtimes import choice
from captcha_model.runtimes.choice import BITS, prefers_8_bit
from captcha_model.runtimes.onnx import DEVICE, DEVICE_8_BIT
from captcha_model.storage.manifest import (
    CONFIG_FILE,
    NETWORK_FILES,
    ONNX_8_BIT_FILE,
    ONNX_FILE,
    read_manifest,
)
from scripts.make_8_bit import add_8_bit
from scripts.make_8_bit import main as make_8_bit
from tests.saved_folders import replace, write_settings

IMAGES = 200


@pytest.fixture
def folder(tmp_path):
    """A copy of the bundled model."""
    return shutil.copytree(REGISTRY.folder(GENERAL), tmp_path / "model")


def load(folder, bits: str, monkeypatch) -> CaptchaModel:
    monkeypatch.setenv(BITS, bits)
    return CaptchaModel.from_pretrained(folder, runtime="onnx")


def test_readings_are_as_good_as_in_32_bits(monkeypatch):
    """Accepted ones are the same; of the others some differ, and about as many become right."""
    renderer = LookRenderer(21)
    looks = [renderer.draw(index) for index in range(IMAGES)]
    images = [look.image for look in looks]
    ours, theirs = (load(GENERAL, bits, monkeypatch).predict(images) for bits in ("8", "32"))
    pairs = list(zip(ours, theirs, strict=True))
    assert all(a.text == b.text for a, b in pairs if a.accepted and b.accepted)
    assert sum(a.text == b.text for a, b in pairs) >= 0.85 * IMAGES
    labels = [look.text for look in looks]
    gained = [(a.text == t) - (b.text == t) for (a, b), t in zip(pairs, labels, strict=True)]
    assert abs(sum(gained)) <= 0.03 * IMAGES
    assert np.mean([abs(a.confidence - b.confidence) for a, b in pairs]) < 0.02


@pytest.mark.parametrize("fast", [True, False])
def test_the_processor_decides(fast, monkeypatch):
    monkeypatch.delenv(BITS, raising=False)
    monkeypatch.setattr(choice, "multiplies_8_bit", lambda: fast)
    model = CaptchaModel.from_pretrained(GENERAL, runtime="onnx")
    assert model.device == (DEVICE_8_BIT if fast else DEVICE)


@pytest.mark.parametrize(("bits", "device"), [("8", DEVICE_8_BIT), ("32", DEVICE)])
@pytest.mark.parametrize("fast", [True, False])
def test_the_variable_decides_before_it(bits, device, fast, monkeypatch):
    monkeypatch.setattr(choice, "multiplies_8_bit", lambda: fast)
    model = load(GENERAL, bits, monkeypatch)
    assert model.device == device
    assert pickle.loads(pickle.dumps(model)).device == device


def test_another_value_of_it_is_refused(monkeypatch):
    monkeypatch.setenv(BITS, "16")
    with pytest.raises(ConfigError, match=r"CAPTCHA_ONNX_BITS must be 8 or 32.*'16'"):
        prefers_8_bit()
    with pytest.raises(ConfigError, match="CAPTCHA_ONNX_BITS"):
        CaptchaModel.from_pretrained(GENERAL)


def test_the_texts_of_one_look_are_the_same(real_data, monkeypatch):
    """Of captcha-images-v2, and the confidences of those that it accepts nearly so."""
    models = [load("captcha-images-v2", bits, monkeypatch) for bits in ("8", "32")]
    images = load_dataset(real_data, models[0].config)
    ours, theirs = (model.predict_pixels(images.pixels) for model in models)
    assert [a.text for a in ours] == [b.text for b in theirs]
    assert [a.accepted for a in ours] == [b.accepted for b in theirs]
    accepted = [(a, b) for a, b in zip(ours, theirs, strict=True) if a.accepted]
    assert max(abs(a.confidence - b.confidence) for a, b in accepted) < 0.02


def test_a_model_without_such_a_graph_reads_in_32_bits(folder, tmp_path, monkeypatch):
    CaptchaModel.from_pretrained(folder, runtime="keras").save_pretrained(tmp_path / "again")
    assert load(tmp_path / "again", "8", monkeypatch).device == DEVICE


def test_the_other_graph_is_neither_needed_nor_read(folder, monkeypatch):
    for name, bits in ((ONNX_FILE, "8"), (ONNX_8_BIT_FILE, "32")):
        kept = (folder / name).read_bytes()
        (folder / name).unlink()
        load(folder, bits, monkeypatch)
        (folder / name).write_bytes(kept)


@pytest.mark.parametrize("bits", ["8", "32"])
def test_both_graphs_are_saved_again(bits, folder, tmp_path, monkeypatch):
    load(folder, bits, monkeypatch).save_pretrained(tmp_path / "again")
    for name in (*NETWORK_FILES, ONNX_8_BIT_FILE):
        assert (tmp_path / "again" / name).read_bytes() == (folder / name).read_bytes()
    assert read_manifest(tmp_path / "again").files == read_manifest(folder).files


def test_what_keras_saves_has_none(folder, tmp_path):
    CaptchaModel.from_pretrained(folder, runtime="keras").save_pretrained(tmp_path / "again")
    assert not (tmp_path / "again" / ONNX_8_BIT_FILE).exists()
    assert ONNX_8_BIT_FILE not in read_manifest(tmp_path / "again").files


def test_a_damaged_one_is_refused(folder, monkeypatch):
    data = (folder / ONNX_8_BIT_FILE).read_bytes()
    for damaged, code in ((data[:-1] + b"?", "WEIGHTS_DAMAGED"), (data[:-1], "WEIGHTS_DAMAGED")):
        (folder / ONNX_8_BIT_FILE).write_bytes(damaged)
        with pytest.raises(ModelFolderError, match=ONNX_8_BIT_FILE) as caught:
            load(folder, "8", monkeypatch)
        assert caught.value.code == code
    (folder / ONNX_8_BIT_FILE).unlink()
    with pytest.raises(ModelFolderError, match=f"lacks {ONNX_8_BIT_FILE}"):
        load(folder, "8", monkeypatch)


def test_the_graph_of_another_model_is_refused(folder, monkeypatch):
    characters = read_manifest(folder).config.characters
    data = (folder / ONNX_8_BIT_FILE).read_bytes()
    swapped = characters[1] + characters[0] + characters[2:]
    old, new = (json.dumps(text).encode() for text in (characters, swapped))
    assert old in data
    replace(folder, ONNX_8_BIT_FILE, data.replace(old, new))
    with pytest.raises(ModelFolderError, match=f"{ONNX_8_BIT_FILE} was saved with") as caught:
        load(folder, "8", monkeypatch)
    assert caught.value.code == "SETTINGS_MISMATCH"


def test_it_is_made_by_a_command(folder, monkeypatch, capsys):
    (folder / ONNX_8_BIT_FILE).unlink()
    document = json.loads((folder / CONFIG_FILE).read_text())
    del document["files"][ONNX_8_BIT_FILE]
    write_settings(folder / CONFIG_FILE, document)
    assert load(folder, "8", monkeypatch).device == DEVICE
    path = add_8_bit(folder, images=3)
    assert path == folder / ONNX_8_BIT_FILE
    assert load(folder, "8", monkeypatch).device == DEVICE_8_BIT
    assert load(folder, "32", monkeypatch).device == DEVICE
    monkeypatch.setattr("sys.argv", ["make_8_bit", str(folder / "none")])
    assert make_8_bit() == 1
    assert "There is no model folder" in capsys.readouterr().err
