import dataclasses
import json
import sys

import numpy as np
import onnx
import onnxruntime
import pytest

from captcha_model import networks
from captcha_model.config import Calibration, CaptchaConfig
from captcha_model.decoding.best_path import softmax
from captcha_model.decoding.heads import decode_texts
from captcha_model.errors import DependencyError
from captcha_model.export import onnx as onnx_export
from captcha_model.export.formats import FORMATS, check_export, export_model
from captcha_model.images.preprocessing import to_batch
from tests.random_models import random_model

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def written(any_model, tmp_path_factory):
    return export_model(any_model, "onnx", tmp_path_factory.mktemp("onnx") / "m.onnx")


@pytest.mark.parametrize("count", [1, 3])
def test_it_computes_what_keras_does(any_model, pixels, written, count):
    session = onnxruntime.InferenceSession(written)
    (logits,) = session.run(["logits"], {"image": to_batch(pixels[:count])})
    ours = any_model.logits(pixels[:count])
    assert np.abs(softmax(logits) - softmax(ours)).max() < 1e-4
    output = networks.describe(any_model.config).output
    texts = decode_texts(logits, any_model.config.characters, output)
    assert texts == decode_texts(ours, any_model.config.characters, output)
    assert any(texts)


def test_it_is_valid_and_its_ends_are_named(any_model, written):
    model = onnx.load(written)
    onnx.checker.check_model(model, full_check=True)
    config = any_model.config
    steps = networks.time_steps(config)
    assert ends(model.graph.input) == [("image", ["batch", 32, 64, 1])]
    assert ends(model.graph.output) == [("logits", ["batch", steps, config.vocabulary.classes])]
    facts = {p.key: p.value for p in model.metadata_props}
    assert CaptchaConfig.from_json(facts["captcha_config"]) == config
    assert facts["output"] == networks.describe(config).output.name
    assert json.loads(facts["captcha_config"])["characters"] == config.characters


def test_a_calibration_is_no_part_of_the_graph(tmp_path):
    model = random_model("multi-head", calibration=Calibration(2.0, 0.5))
    path = export_model(model, "onnx", tmp_path / "m.onnx")
    facts = {p.key: p.value for p in onnx.load(path).metadata_props}
    expected = dataclasses.replace(model.config, calibration=None)
    assert CaptchaConfig.from_json(facts["captcha_config"]) == expected


def ends(values) -> list:
    return [
        (v.name, [d.dim_param or d.dim_value for d in v.type.tensor_type.shape.dim]) for v in values
    ]


def test_the_sigmoids_of_the_tutorial(pixels, tmp_path):
    model = random_model("multi-head", options={"sigmoid": 1})
    path = export_model(model, "onnx", tmp_path / "m.onnx")
    line = FORMATS["onnx"].usage_of(path)
    logits = eval(line, {"onnxruntime": onnxruntime, "images": to_batch(pixels)})
    np.testing.assert_allclose(logits, model.logits(pixels), atol=1e-4)


@pytest.mark.parametrize("package", ["onnx", "tf2onnx"])
def test_a_missing_package_is_named_with_its_extra(package, small_config, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(DependencyError, match=rf"{package}.*captcha-model\[export\]"):
        check_export("onnx", small_config)


def test_the_network_that_was_converted_last_is_not_converted_again(monkeypatch, conversions):
    conversions.clear()
    monkeypatch.setattr("captcha_model.export.onnx._MOST_KEPT", 1)
    converted = []
    convert = onnx_export._converted
    monkeypatch.setattr(
        onnx_export, "_converted", lambda *args: converted.append(args) or convert(*args)
    )
    model = random_model("multi-head")
    first = onnx_export.to_onnx(model.config, model.network)
    calibrated = dataclasses.replace(model.config, calibration=Calibration(temperature=2.0))
    assert onnx_export.to_onnx(calibrated, model.network) == first
    assert len(converted) == 1
    weights = model.network.get_weights()
    model.network.set_weights([2 * weight for weight in weights])
    assert onnx_export.to_onnx(model.config, model.network) != first
    model.network.set_weights(weights)
    onnx_export.to_onnx(model.config, model.network)
    assert len(converted) == 3, "one is kept"
    assert len(conversions) == 1


def test_a_conversion_that_fails_leaves_the_old_file(small_model, tmp_path, fails, conversions):
    conversions.clear()
    path = tmp_path / "m.onnx"
    path.write_bytes(b"old")
    fails("captcha_model.export.onnx._convert")
    with pytest.raises(RuntimeError, match="on fire"):
        export_model(small_model, "onnx", path)
    assert [p.name for p in tmp_path.iterdir()] == ["m.onnx"]
    assert path.read_bytes() == b"old"


def test_it_is_quiet(tmp_path, capfd, conversions):
    """This network is the one of which tf2onnx says most."""
    conversions.clear()
    export_model(random_model("keras-ctc"), "onnx", tmp_path / "m.onnx")
    assert capfd.readouterr() == ("", "")


def test_colours_are_normalised_channels_first(tmp_path):
    """ONNX Runtime takes a seventh of the whole time for it where the channels are last."""
    model = random_model("general", channels=3, resize="scale", min_width=64, width=128)
    path = export_model(model, "onnx", tmp_path / "m.onnx")
    operators = [node.op_type for node in onnx.load(path).graph.node]
    before = operators[: operators.index("Conv")]
    assert before[0] == "Transpose"
    assert not {"Transpose", "Reshape"} & {*before[1:]}
    session = onnxruntime.InferenceSession(path)
    random = np.random.default_rng(1)
    for width, contrast in ((64, 1.0), (96, 0.1), (128, 0.0)):
        images = 0.5 + contrast * (random.random((2, 32, width, 3), np.float32) - np.float32(0.5))
        (logits,) = session.run(["logits"], {"image": images.astype(np.float32)})
        expected = model.network(images, training=False).numpy()
        assert np.abs(softmax(logits) - softmax(expected)).max() < 1e-4
