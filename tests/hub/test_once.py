"""A load parses the settings once, and a push checks and hashes every file once."""

from collections import Counter

import pytest

from captcha_model.cli import main
from captcha_model.hub import BUNDLED, Destination, push_folder
from captcha_model.model import CaptchaModel
from captcha_model.storage import manifest
from captcha_model.storage.manifest import (
    ALL_NETWORK_FILES,
    NETWORK_FILES,
    ONNX_FILE,
    Fingerprint,
    Manifest,
)


@pytest.fixture
def counts(monkeypatch) -> Counter[str]:
    """How often settings were parsed, and a network file was hashed."""
    counted: Counter[str] = Counter()
    parse, hashed = Manifest.from_json, Fingerprint.of

    def from_json(text):
        counted["parsed"] += 1
        return parse(text)

    def of(data):
        counted["hashed"] += 1
        return hashed(data)

    monkeypatch.setattr(Manifest, "from_json", from_json)
    monkeypatch.setattr(Fingerprint, "of", of)
    return counted


@pytest.mark.parametrize(("runtime", "files"), [("onnx", 1), ("keras", 3)])
def test_a_load(runtime, files, counts):
    CaptchaModel.from_pretrained(runtime=runtime)
    assert counts == {"parsed": 1, "hashed": files}


def test_a_fallback_parses_once_too(counts, monkeypatch, tmp_path):
    monkeypatch.setattr("captcha_model.hub.source.candidates", lambda *_: ("onnx", "keras"))
    monkeypatch.setattr("captcha_model.hub.source.load_onnx", failing)
    with pytest.warns(UserWarning, match="Keras reads instead"):
        CaptchaModel.from_pretrained()
    assert counts["parsed"] == 1


def failing(folder, settings, graph, session):
    return manifest.read_checked(folder.parent, ONNX_FILE, settings)


def test_the_network_of_a_loaded_model_needs_no_second_parse(counts):
    model = CaptchaModel.from_pretrained(runtime="onnx")
    assert model.network.count_params() == 106_084
    assert counts["parsed"] == 1


def test_a_push_of_a_folder(hub, counts):
    push_folder(BUNDLED, Destination("ann/reader", token="hf_ann"))
    assert counts == {"parsed": 1, "hashed": len(ALL_NETWORK_FILES)}


@pytest.mark.slow
def test_a_push_of_a_loaded_model(hub, saved, counts):
    model = CaptchaModel.from_pretrained(saved, runtime="onnx")
    assert counts.pop("hashed") == 1
    model.push_to_hub("ann/reader", token="hf_ann")
    assert counts == {"parsed": 1, "hashed": len(NETWORK_FILES)}


def test_a_push_on_the_command_line(counts, capsys):
    assert main(["push", str(BUNDLED), "ann/reader", "--dry-run"]) == 0
    assert counts == {"parsed": 1, "hashed": len(ALL_NETWORK_FILES)}
    assert ONNX_FILE in capsys.readouterr().out
