"""What is fetched when, with the loopback Hub."""

import json
import shutil

import pytest

from captcha_model.errors import RuntimeFallbackWarning
from captcha_model.hub import BUNDLED, Destination, push_folder
from captcha_model.hub.source import Pretrained
from captcha_model.model import CaptchaModel
from captcha_model.pretrained_models import GENERAL, REGISTRY
from captcha_model.runtimes.choice import BITS
from captcha_model.runtimes.onnx import DEVICE
from captcha_model.storage.manifest import (
    CONFIG_FILE,
    KERAS_FILES,
    ONNX_8_BIT_FILE,
    ONNX_FILE,
    WEIGHTS_FILE,
)
from tests.conftest import EXAMPLES
from tests.saved_folders import write_settings

pytestmark = pytest.mark.slow


@pytest.fixture
def old_folder(tmp_path):
    """The bundled model as it would be from before there were ONNX graphs."""
    folder = shutil.copytree(BUNDLED, tmp_path / "old")
    settings = json.loads((folder / CONFIG_FILE).read_text())
    for name in (ONNX_FILE, ONNX_8_BIT_FILE):
        (folder / name).unlink()
        del settings["files"][name]
    write_settings(folder / CONFIG_FILE, settings)
    return folder


def test_what_comes_later_is_of_the_same_commit(hub, tmp_path, small_model):
    to = Destination("ann/reader", token="hf_ann")
    push_folder(BUNDLED, to)
    model = CaptchaModel.from_pretrained("ann/reader@main", runtime="onnx", cache_dir=tmp_path)
    assert not hub.asked(WEIGHTS_FILE)
    small_model.save_pretrained(tmp_path / "small")
    push_folder(tmp_path / "small", to)
    assert model.network.count_params() == 106_084
    assert hub.asked(WEIGHTS_FILE)


@pytest.mark.parametrize("runtime", ["onnx", "keras"])
def test_facts_are_fetched_when_they_are_asked_for(runtime, hub, tmp_path):
    push_folder(BUNDLED, Destination("ann/reader", token="hf_ann"))
    model = CaptchaModel.from_pretrained("ann/reader", runtime=runtime, cache_dir=tmp_path)
    assert not hub.asked("model_facts.json")
    assert model.facts == CaptchaModel.from_pretrained().facts
    assert model.facts.parameters == 106_084


def test_a_repository_from_before_there_were_onnx_graphs_is_read_by_keras(
    hub, old_folder, tmp_path
):
    push_folder(old_folder, Destination("ann/reader", token="hf_ann"))
    with pytest.warns(RuntimeFallbackWarning, match=f"lacks {ONNX_FILE}"):
        model = CaptchaModel.from_pretrained("ann/reader", cache_dir=tmp_path / "cache")
    image = EXAMPLES / "1.png"
    assert model.predict(image).text == CaptchaModel.from_pretrained().predict(image).text
    model.save_pretrained(tmp_path / "new")
    assert (tmp_path / "new" / ONNX_FILE).exists()


def test_a_folder_stays_the_same_from_everywhere(tmp_path, monkeypatch):
    shutil.copytree(BUNDLED, tmp_path / "model")
    monkeypatch.chdir(tmp_path)
    source = Pretrained("model")
    assert str(source.folder(KERAS_FILES)) == "model"
    monkeypatch.chdir("/")
    assert source.folder(KERAS_FILES) == tmp_path / "model"


@pytest.mark.parametrize(("bits", "graphs"), [("8", ONNX_8_BIT_FILE), ("32", ONNX_FILE)])
def test_only_the_graph_that_is_run_is_fetched(bits, graphs, hub, tmp_path, monkeypatch):
    monkeypatch.setenv(BITS, bits)
    push_folder(REGISTRY.folder(GENERAL), Destination("ann/reader", token="hf_ann"))
    model = CaptchaModel.from_pretrained("ann/reader", runtime="onnx", cache_dir=tmp_path / "cache")
    assert [name for name in (ONNX_FILE, ONNX_8_BIT_FILE) if hub.asked(name)] == [graphs]
    model.save_pretrained(tmp_path / "saved")
    for name in (ONNX_FILE, ONNX_8_BIT_FILE):
        ours, theirs = tmp_path / "saved" / name, REGISTRY.folder(GENERAL) / name
        assert ours.read_bytes() == theirs.read_bytes()


def test_a_model_without_a_graph_in_8_bits_takes_the_place_of_one_with_it(hub, tmp_path):
    to = Destination("ann/reader", token="hf_ann")
    push_folder(REGISTRY.folder(GENERAL), to)
    push_folder(BUNDLED, to)
    model = CaptchaModel.from_pretrained("ann/reader", runtime="onnx", cache_dir=tmp_path)
    assert model.device == DEVICE
    assert not hub.asked(ONNX_8_BIT_FILE)
