from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from captcha_model import pretrained_models
from captcha_model.config import CaptchaConfig
from captcha_model.errors import ExportError
from captcha_model.export.onnx_8bit import _best_step, to_8_bit
from captcha_model.pretrained_models import DEFAULT, GENERAL
from captcha_model.runtimes.onnx import OnnxRuntime
from captcha_model.storage.check_onnx import check_graph
from captcha_model.storage.manifest import ONNX_FILE, read_manifest
from captcha_model.storage.settings_copies import check_graph_copy
from scripts.make_8_bit import draw

FOLDER = pretrained_models.REGISTRY.folder(GENERAL)
FLOAT = (FOLDER / ONNX_FILE).read_bytes()


@pytest.fixture(scope="module")
def config() -> CaptchaConfig:
    return read_manifest(FOLDER).config


@pytest.fixture(scope="module")
def images(config) -> list[np.ndarray]:
    return list(draw(config, 20))


@pytest.fixture(scope="module")
def written(images) -> bytes:
    return to_8_bit(FLOAT, images)


def logits(graph: bytes, batch: np.ndarray) -> np.ndarray:
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    return session.run(["logits"], {"image": batch})[0]


def optimised(graph: bytes, folder: Path) -> list[str]:
    """Return the operators of the graph that ONNX Runtime makes of one."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.optimized_model_filepath = str(folder / "optimised.onnx")
    onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    return [node.op_type for node in onnx.load(folder / "optimised.onnx").graph.node]


def test_it_computes_nearly_the_same(written, images):
    found, expected = (
        np.concatenate([logits(graph, batch).ravel() for batch in images[:6]])
        for graph in (FLOAT, written)
    )
    error = np.sqrt(np.square(found - expected).mean())
    assert 0 < error < 0.03 * expected.std()


def test_all_convolutions_but_the_outermost_have_8_bits(written, tmp_path):
    """In the graph that ONNX Runtime makes of it, which leaves what it does not recognise."""
    nodes = optimised(written, tmp_path)
    before = [node.op_type for node in onnx.load_from_string(FLOAT).graph.node]
    assert nodes.count("QLinearConv") == before.count("Conv") - 2 == 8
    assert sum(name in ("Conv", "FusedConv") for name in nodes) == 2
    # One step into 8 bits and one out of them.
    assert (nodes.count("QuantizeLinear"), nodes.count("DequantizeLinear")) == (1, 1)
    first, last = nodes.index("QLinearConv"), len(nodes) - 1 - nodes[::-1].index("QLinearConv")
    assert {*nodes[first : last + 1]} == {"QLinearConv", "MaxPool"}
    assert "LSTM" in nodes
    assert "MatMul" in nodes


def test_ends_and_metadata_stay(written, config):
    check_graph(written)
    check_graph_copy(written, config)
    ours, theirs = onnx.load_from_string(written), onnx.load_from_string(FLOAT)
    assert ours.graph.input == theirs.graph.input
    assert ours.graph.output == theirs.graph.output
    assert ours.metadata_props == theirs.metadata_props
    assert len(written) < 0.75 * len(FLOAT)


def test_the_same_images_give_the_same_graph(written, images):
    assert to_8_bit(FLOAT, images) == written


def test_a_graph_without_such_convolutions_is_refused():
    ends = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", 2])
        for name in ("image", "logits")
    ]
    node = helper.make_node("MatMul", ["image", "weights"], ["logits"])
    weights = numpy_helper.from_array(np.eye(2, dtype=np.float32), "weights")
    graph = helper.make_graph([node], "graph", ends[:1], ends[1:], [weights])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)], ir_version=8)
    with pytest.raises(ExportError, match="No convolution") as caught:
        to_8_bit(model.SerializeToString(), [np.zeros((1, 2), np.float32)])
    assert caught.value.code == "EXPORT_UNSUPPORTED"


def test_rare_large_values_are_clipped():
    values = np.linspace(0, 1, 100_001, dtype=np.float32)
    assert _best_step(values) == pytest.approx(1 / 255)
    assert 1 / 255 < _best_step(np.append(values, np.float32(1.3))) < 1.25 / 255
    assert _best_step(np.zeros(5, np.float32)) > 0


@pytest.fixture(scope="module")
def recurrent(images) -> bytes:
    return to_8_bit(FLOAT, images, recurrent=True)


def test_an_lstm_of_8_bits_computes_nearly_the_same(written, recurrent, images):
    float_logits, found = (
        np.concatenate([logits(graph, batch).ravel() for batch in images[:6]])
        for graph in (FLOAT, recurrent)
    )
    error = np.sqrt(np.square(found - float_logits).mean())
    assert 0 < error < 0.04 * float_logits.std()
    assert len(recurrent) < 0.6 * len(written)


def test_the_steps_of_an_lstm_are_those_of_its_columns(recurrent):
    graph = onnx.load_from_string(recurrent).graph
    before = onnx.load_from_string(FLOAT).graph
    (node,) = (node for node in graph.node if node.op_type == "DynamicQuantizeLSTM")
    (old,) = (node for node in before.node if node.op_type == "LSTM")
    tensors, old_tensors = (
        {t.name: numpy_helper.to_array(t) for t in each.initializer} for each in (graph, before)
    )
    for place, steps in ((1, 8), (2, 10)):
        weights, levels = old_tensors[old.input[place]], tensors[node.input[place]]
        columns = tensors[node.input[steps]][:, None, :]
        assert not tensors[node.input[steps + 1]].any()
        assert (np.abs(levels) <= 127).all()
        assert (np.abs(levels * columns - weights.transpose(0, 2, 1)) < 0.501 * columns).all()


def test_readings_in_8_bits_do_not_depend_on_the_other_images(recurrent, config, images):
    check_graph(recurrent)
    check_graph_copy(recurrent, config)
    runtime = OnnxRuntime(recurrent, config)
    (width,) = {max(image.shape[2] for image in images)}
    same = [image for image in images if image.shape[2] == width] * 3
    batch = np.concatenate([*same, 1 - same[0]])
    together = runtime.logits(batch)
    for n, image in enumerate(batch):
        np.testing.assert_array_equal(together[n], runtime.logits(image[None])[0])


def test_what_is_pooled_behind_the_first_convolution_is_rounded_afterwards(tmp_path):
    """In the graph that ONNX Runtime makes of it, which prefers to round before."""
    folder = pretrained_models.REGISTRY.folder(DEFAULT)
    graph, config = (folder / ONNX_FILE).read_bytes(), read_manifest(folder).config
    images = list(draw(config, 20))
    written = to_8_bit(graph, images)
    nodes = optimised(written, tmp_path)
    first = nodes.index("QuantizeLinear")
    assert [name for name in nodes[:first] if name != "Reshape"] == ["FusedConv", "MaxPool", "Abs"]
    assert nodes.count("QuantizeLinear") == 1
    found, expected = (logits(each, np.concatenate(images)) for each in (written, graph))
    error = np.sqrt(np.square(found - expected).mean())
    assert 0 < error < 0.03 * expected.std()


def graph_of(*nodes: tuple[str, str, str]) -> bytes:
    """Return a graph from "image" to "logits" of operators with their inputs and outputs."""
    random = np.random.default_rng(0)
    made, tensors = [], []
    for operator, before, after in nodes:
        inputs, options = [before], {}
        if operator == "Conv":
            channels = 1 if before == "image" else 4
            weights = random.normal(0, 0.4, (4, channels, 3, 3)).astype(np.float32)
            for name, values in (("w", weights), ("b", np.zeros(4, np.float32))):
                tensors.append(numpy_helper.from_array(values, f"{after}/{name}"))
                inputs.append(tensors[-1].name)
            options = {"pads": [1, 1, 1, 1]}
        elif operator == "MaxPool":
            options = {"kernel_shape": [2, 2], "strides": [2, 2]}
        elif operator == "Add":
            inputs = before.split()
        made.append(helper.make_node(operator, inputs, [after], **options))
    ends = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        for name, shape in (("image", ["n", 1, 16, 16]), ("logits", ["n", 4, "h", "w"]))
    ]
    graph = helper.make_graph(made, "graph", ends[:1], ends[1:], tensors)
    opsets = [helper.make_opsetid("", 15)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8).SerializeToString()


TWICE_POOLED = [
    *[("Conv", "image", "c1"), ("Relu", "c1", "r1"), ("MaxPool", "r1", "p1")],
    *[
        ("MaxPool", "p1", "p2"),
        ("Conv", "p2", "c2"),
        ("Relu", "c2", "r2"),
        ("Conv", "r2", "logits"),
    ],
]
POOLED_AND_NOT = [
    *[("Conv", "image", "c1"), ("Relu", "c1", "r1"), ("MaxPool", "r1", "p1")],
    *[("Conv", "p1", "c2"), ("Relu", "c2", "r2"), ("Conv", "r2", "c3")],
    *[("Conv", "r1", "c4"), ("Relu", "c4", "r4"), ("MaxPool", "r4", "p4"), ("Conv", "p4", "c5")],
    ("Add", "c3 c5", "logits"),
]


@pytest.mark.parametrize(("nodes", "quantised"), [(TWICE_POOLED, 1), (POOLED_AND_NOT, 2)])
def test_any_place_of_poolings(nodes, quantised):
    graph = graph_of(*nodes)
    images = [np.random.default_rng(n).random((1, 1, 16, 16), np.float32) for n in range(20)]
    written = to_8_bit(graph, images)
    steps = [t.name for t in onnx.load_from_string(written).graph.initializer if "levels" in t.name]
    assert sum(name.endswith("weights/levels") for name in steps) == quantised
    found, expected = (logits(each, np.concatenate(images)) for each in (written, graph))
    assert np.abs(found - expected).max() < 0.1 * np.abs(expected).max()
