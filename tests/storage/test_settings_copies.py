import json
import shutil
from dataclasses import replace

import onnx
import pytest

from captcha_model.config import Calibration, CaptchaConfig
from captcha_model.errors import CaptchaError, ModelFolderError
from captcha_model.hub import model_files
from captcha_model.model import CaptchaModel
from captcha_model.storage.manifest import CONFIG_FILE, KERAS_METADATA, ONNX_FILE, read_manifest
from captcha_model.storage.settings_copies import check_graph_copy, check_keras_copy, with_copy
from tests.saved_folders import change
from tests.saved_folders import replace as replace_file
from tests.storage.test_earlier_formats import FOLDERS

CONFIG = CaptchaConfig("abc", options={"filters": 8}, calibration=Calibration(1.25, 0.5))
METADATA = b'{"keras_version": "3.0.0", "date_saved": "2026-01-01@00:00:00"}'


@pytest.fixture
def folder(tmp_path, saved):
    return shutil.copytree(saved, tmp_path / "model")


def refused(act) -> tuple[str, str]:
    with pytest.raises(CaptchaError) as caught:
        act()
    return caught.value.code, str(caught.value)


def graph_with(*copies: str, key: str = "captcha_config") -> bytes:
    model = onnx.ModelProto()
    for copy in copies:
        model.metadata_props.add(key=key, value=copy)
    return model.SerializeToString()


def test_a_copy_lacks_the_calibration_and_keeps_what_keras_wrote():
    copied = with_copy(METADATA, CONFIG)
    expected = replace(CONFIG, calibration=None).to_dict()
    assert json.loads(copied) == {**json.loads(METADATA), "captcha_config": expected}
    assert with_copy(copied, CONFIG) == copied
    check_keras_copy(copied, CONFIG)
    check_keras_copy(copied, replace(CONFIG, calibration=None))
    check_keras_copy(METADATA, CONFIG)
    check_graph_copy(graph_with(json.dumps(expected)), CONFIG)
    check_graph_copy(graph_with(), CONFIG)
    check_graph_copy(graph_with("of another key", key="output"), CONFIG)


def test_views_may_change():
    config = CaptchaConfig("abc", "general", 48, 288, 3, "scale", 96)
    several = replace(config, views=3, closer=True)
    for saved, given in ((config, several), (several, config)):
        check_keras_copy(with_copy(METADATA, saved), given)
        check_graph_copy(graph_with(saved.to_json()), given)


@pytest.mark.parametrize(
    "values", [{"characters": "acb"}, {"height": 51}, {"resize": "pad"}, {"options": {}}]
)
def test_other_settings_are_named(values):
    other = replace(CONFIG, **values)
    ((key, value),) = values.items()
    for act in (
        lambda: check_keras_copy(with_copy(METADATA, CONFIG), other),
        lambda: check_graph_copy(graph_with(CONFIG.to_json()), other),
        # Readers differ in which of two they use.
        lambda: check_graph_copy(graph_with(CONFIG.to_json(), other.to_json()), other),
        lambda: check_graph_copy(graph_with(other.to_json(), CONFIG.to_json()), other),
    ):
        code, message = refused(act)
        assert code == "SETTINGS_MISMATCH"
        assert f"captcha_config.json has {key} {value!r}" in message


@pytest.mark.parametrize("copy", ["", "{", "[]", "{}", "[" * 5000, '{"format_version": 99}'])
def test_a_copy_that_is_none(copy):
    assert refused(lambda: check_graph_copy(graph_with(copy), CONFIG))[0] == "SETTINGS_MISMATCH"


@pytest.mark.parametrize(
    "metadata", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 5000, b"9" * 5000, b" " * 2**20 + b"{}"]
)
def test_metadata_that_are_none(metadata):
    for act in (
        lambda: check_keras_copy(metadata, CONFIG),
        lambda: with_copy(metadata, CONFIG),
    ):
        assert refused(act)[0] == "WEIGHTS_INVALID"


def test_a_folder_has_both_copies(saved, small_model):
    expected = replace(small_model.config, calibration=None).to_dict()
    assert json.loads((saved / KERAS_METADATA).read_bytes())["captcha_config"] == expected
    graph = onnx.load(saved / ONNX_FILE)
    texts = {entry.key: entry.value for entry in graph.metadata_props}
    assert json.loads(texts["captcha_config"]) == expected


@pytest.mark.slow
@pytest.mark.parametrize("runtime", ["onnx", "keras", "auto"])
def test_a_vocabulary_in_another_order_is_refused(folder, runtime):
    """Its digest and its number of classes fit, so that only the copies show it."""
    characters = json.loads((folder / CONFIG_FILE).read_text())["characters"]
    change(folder, characters=characters[::-1])
    code, message = refused(lambda: CaptchaModel.from_pretrained(folder, runtime=runtime))
    assert code == "SETTINGS_MISMATCH"
    assert repr(characters) in message
    assert repr(characters[::-1]) in message


@pytest.mark.parametrize("runtime", ["onnx", "auto"])
def test_so_is_that_of_an_earlier_format(tmp_path, runtime, monkeypatch):
    """Its graph has the copy, its `metadata.json` not; Keras does not read it instead."""
    monkeypatch.setattr("captcha_model.hub.source.candidates", lambda *_: ("onnx", "keras"))
    folder = shutil.copytree(FOLDERS / "format-3", tmp_path / "model")
    document = json.loads((folder / CONFIG_FILE).read_text())
    document["characters"] = document["characters"][::-1]
    (folder / CONFIG_FILE).write_text(json.dumps(document))
    code, _ = refused(lambda: CaptchaModel.from_pretrained(folder, runtime=runtime))
    assert code == "SETTINGS_MISMATCH"


def test_it_is_not_passed_on(folder, tmp_path):
    characters = json.loads((folder / CONFIG_FILE).read_text())["characters"]
    model = CaptchaModel.from_pretrained(folder, runtime="onnx")
    model.config = replace(model.config, characters=characters[::-1])
    assert refused(lambda: model.save_pretrained(tmp_path / "again"))[0] == "SETTINGS_MISMATCH"
    assert not (tmp_path / "again").exists()
    change(folder, characters=characters[::-1])
    manifest = read_manifest(folder)
    with pytest.raises(ModelFolderError):
        model_files(folder, manifest)


def test_an_earlier_format_saved_again_gets_the_copy(tmp_path):
    model = CaptchaModel.from_pretrained(FOLDERS / "format-3", runtime="onnx")
    model.save_pretrained(tmp_path / "again")
    metadata = json.loads((tmp_path / "again" / KERAS_METADATA).read_bytes())
    assert metadata["captcha_config"] == replace(model.config, calibration=None).to_dict()
    before = json.loads((FOLDERS / "format-3" / KERAS_METADATA).read_bytes())
    assert {key: metadata[key] for key in before} == before
    assert len(metadata) == len(before) + 1
    CaptchaModel.from_pretrained(tmp_path / "again", runtime="onnx")


def test_metadata_of_another_network(folder):
    """A checksum that fits is not enough."""
    metadata = json.loads((folder / KERAS_METADATA).read_bytes())
    metadata["captcha_config"]["width"] = 72
    replace_file(folder, KERAS_METADATA, json.dumps(metadata).encode())
    code, message = refused(lambda: CaptchaModel.from_pretrained(folder, runtime="keras"))
    assert code == "SETTINGS_MISMATCH"
    assert "metadata.json was saved with width 72" in message
