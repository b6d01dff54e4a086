import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from captcha_model.config import CaptchaConfig
from captcha_model.decoding.best_path import softmax
from captcha_model.errors import DependencyError, ModelFolderError
from captcha_model.export.onnx import to_onnx
from captcha_model.model import CaptchaModel
from captcha_model.runtimes.onnx import OnnxRuntime
from captcha_model.storage.manifest import ONNX_FILE
from tests.conftest import EXAMPLES

WITHOUT_KERAS = """
import sys
for name in ("keras", "tensorflow", "onnx", "tf2onnx"):
    sys.modules[name] = None  # An import of it would fail.
from captcha_model import CaptchaModel
model = CaptchaModel.from_pretrained(runtime="onnx")
print(model.device, [reading.text for reading in model.predict(sys.argv[2:])])
model.save_pretrained(sys.argv[1])
assert "huggingface_hub" not in sys.modules
"""


def small_graph(end=(16, 4), *, name="logits", weight=1.0, constant=None) -> bytes:
    """Make a graph with the ends of the small configuration and nothing sensible between them.

    Args:
        end: the shape of one image's output as it is declared.
        name: of the output.
        weight: what the logits hold.
        constant: the shape that the output really has, if another.
    """
    values = np.full((1, *(constant or end)), weight, np.float32)
    graph = helper.make_graph(
        [helper.make_node("Identity", ["values"], [name])],
        "small",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["batch", 16, 64, 1])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", *end])],
        [numpy_helper.from_array(values, "values")],
    )
    opsets = [helper.make_opsetid("", 15)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8).SerializeToString()


def assert_same(ours: CaptchaModel, theirs: CaptchaModel, pixels: np.ndarray) -> None:
    """Check that two runtimes read the same texts with the same probabilities."""
    logits = [model.logits(pixels) for model in (ours, theirs)]
    assert np.abs(softmax(logits[0]) - softmax(logits[1])).max() < 1e-4
    readings = [model.predict_pixels(pixels) for model in (ours, theirs)]
    assert [r.text for r in readings[0]] == [r.text for r in readings[1]]
    confidences = [[r.confidence for r in some] for some in readings]
    assert confidences[0] == pytest.approx(confidences[1], abs=1e-4)


@pytest.fixture(scope="module")
def converted(any_model) -> CaptchaModel:
    runtime = OnnxRuntime(to_onnx(any_model.config, any_model.network), any_model.config)
    return CaptchaModel(any_model.config, runtime=runtime)


@pytest.mark.slow
@pytest.mark.parametrize("count", [1, 3, 70])
def test_every_architecture_reads_as_with_keras(converted, any_model, count):
    shape = (count, *any_model.config.input_shape)
    pixels = np.random.default_rng(count).integers(0, 256, shape, np.uint8)
    assert_same(converted, any_model, pixels)
    assert any(reading.text for reading in converted.predict_pixels(pixels))
    assert converted.device == "CPU (ONNX Runtime)"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("cores", "busy", "count", "parts"),
    [
        (1, False, 70, 1),
        (3, False, 3, 1),
        (3, False, 70, 3),
        (64, False, 9, 4),
        (1, True, 70, 1),
        (2, True, 70, 1),
        (4, True, 70, 3),
    ],
)
def test_a_batch_is_shared_out_among_the_cores(cores, busy, count, parts, small_model, monkeypatch):
    """And a core is left to a caller who is busy, if there is another one."""
    monkeypatch.setattr("captcha_model.runtimes.onnx.usable_cores", lambda: cores)
    runtime = OnnxRuntime(to_onnx(small_model.config, small_model.network), small_model.config)
    batch = np.random.default_rng(0).random((count, *small_model.config.input_shape), np.float32)
    sizes: list[int] = []
    workers = runtime._here()
    run = workers._run
    monkeypatch.setattr(workers, "_run", lambda part: sizes.append(len(part)) or run(part))
    found = runtime.logits(batch, busy=busy)
    assert len(sizes) == parts
    assert sum(sizes) == count
    assert max(sizes) - min(sizes) <= 1
    one_by_one = np.concatenate([run(image[None]) for image in batch])
    np.testing.assert_allclose(found, one_by_one, atol=1e-4)


@pytest.mark.slow
def test_the_bundled_model_reads_as_with_keras(keras_model, synthetic):
    ours = CaptchaModel.from_pretrained(runtime="onnx")
    assert_same(ours, keras_model, synthetic.pixels)
    paths = sorted(EXAMPLES.glob("*.png"))
    assert [r.text for r in ours.predict(paths)] == [r.text for r in keras_model.predict(paths)]


@pytest.mark.slow
def test_real_captchas_are_read_as_with_keras(keras_model, real_data):
    from captcha_model.data.loading import load_images
    from captcha_model.data.sources import find_samples

    samples = find_samples(str(real_data))[:300]
    images = load_images(samples, keras_model.config)
    assert_same(CaptchaModel.from_pretrained(runtime="onnx"), keras_model, images.pixels)


@pytest.mark.slow
def test_reading_and_saving_import_neither_keras_nor_the_hubs_client(model, tmp_path):
    paths = [str(path) for path in sorted(EXAMPLES.glob("*.png"))]
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_KERAS, str(tmp_path / "m"), *paths],
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    texts = [reading.text for reading in model.predict(paths)]
    assert done.stdout.strip() == f"CPU (ONNX Runtime) {texts}"
    assert (tmp_path / "m" / ONNX_FILE).exists()


def refused(graph: bytes, config: CaptchaConfig) -> str:
    with pytest.raises(ModelFolderError) as caught:
        OnnxRuntime(graph, config)
    return caught.value.code


def test_a_graph_that_fits_is_taken(small_config):
    OnnxRuntime(small_graph(), small_config)


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: b"", "WEIGHTS_INVALID"),
        (lambda: b"not a graph", "WEIGHTS_INVALID"),
        (lambda: small_graph()[:-20], "WEIGHTS_INVALID"),
        (lambda: small_graph(name="scores"), "WEIGHTS_SHAPE_MISMATCH"),
        (lambda: small_graph((16, 5)), "WEIGHTS_SHAPE_MISMATCH"),
        (lambda: small_graph((15, 4)), "WEIGHTS_SHAPE_MISMATCH"),
        (lambda: small_graph((16, 4, 1)), "WEIGHTS_SHAPE_MISMATCH"),
        (lambda: small_graph((16, 4), constant=(8, 8)), "WEIGHTS_SHAPE_MISMATCH"),
    ],
)
def test_what_does_not_fit_is_refused(make: Callable[[], bytes], code, small_config, capfd):
    assert refused(make(), small_config) == code
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("weight", [np.nan, np.inf])
def test_weights_that_are_not_numbers_are_refused(weight, small_config):
    assert refused(small_graph(weight=weight), small_config) == "WEIGHTS_NOT_FINITE"


def test_a_missing_onnx_runtime_is_named(small_config, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(DependencyError, match="onnxruntime"):
        OnnxRuntime(small_graph(), small_config)
