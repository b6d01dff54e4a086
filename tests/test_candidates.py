"""The short way to write networks down, and what a graph computes."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from benchmarks.candidates import CANDIDATES, DEFAULT, Layer, build, installed, parse, steps_of
from benchmarks.graphs import nodes_of
from captcha_model import networks
from captcha_model.config import CaptchaConfig
from captcha_model.errors import ConfigError


def test_a_specification_is_a_row_of_layers():
    assert parse("c5s2:16 w3:32 p21 d64 l48 t5:8") == (
        Layer("c", 16, 5, (2, 2)),
        Layer("w", 32, 3),
        Layer("p", strides=(2, 1)),
        Layer("d", 64),
        Layer("l", 48),
        Layer("t", 8, 5),
    )


@pytest.mark.parametrize("spec", ["c3", "c3s2", "p2", "x3:4", "d", "l4:4", "d64 c3:8", "l8 p21"])
def test_what_is_no_specification_is_refused(spec):
    with pytest.raises(ValueError, match=r"layer|pictures"):
        parse(spec)


@pytest.mark.parametrize(
    ("spec", "width", "steps"),
    [("", 7, 7), ("c3:8 p21", 7, 7), ("c5s2:8", 7, 4), ("p22", 7, 3), ("c5s2:8 p22 p22", 200, 25)],
)
def test_every_stride_along_the_columns_shortens_the_steps(spec, width, steps):
    assert steps_of(parse(spec), width) == steps


def test_a_candidate_is_built_by_the_package_and_unknown_again_afterwards():
    with installed(CANDIDATES["a4b"], "abc") as config:
        network = networks.build(config)
        assert networks.time_steps(config) == network.output_shape[1] == 25
    with pytest.raises(ConfigError):
        networks.time_steps(config)


def test_the_default_written_as_a_specification_is_as_large():
    with installed(CANDIDATES[DEFAULT], "abc") as config:
        network = networks.build(config)
    assert config == CaptchaConfig("abc")
    spec = parse("c5s2:16 p22 c3:32 c3:48 p21 c3:64 p21 d64 l48")
    assert build(config, spec).count_params() == network.count_params()


def test_the_operations_of_a_known_graph_are_counted():
    rng = np.random.default_rng(0)
    weights = {
        "conv": (6, 2, 3, 3),  # Two groups of two channels each.
        "lstm": (2, 20, 7),
        "again": (2, 20, 5),
        "product": (5, 3),
        "gemm": (3, 4),
    }
    constants = [numpy_helper.from_array(rng.random(s, np.float32), n) for n, s in weights.items()]
    shape = numpy_helper.from_array(np.array([-1, 1, 7]), "shape")
    rows = numpy_helper.from_array(np.array([-1, 3]), "rows")
    nodes = [
        helper.make_node("Conv", ["image", "conv"], ["a"], group=2, pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["a"], ["b"]),
        helper.make_node("Reshape", ["b", "shape"], ["c"]),
        helper.make_node(
            "LSTM", ["c", "lstm", "again"], ["d"], hidden_size=5, direction="bidirectional"
        ),
        helper.make_node("MatMul", ["d", "product"], ["e"]),
        helper.make_node("Reshape", ["e", "rows"], ["f"]),
        helper.make_node("Gemm", ["f", "gemm"], ["logits"]),
    ]
    float32 = TensorProto.FLOAT
    graph = helper.make_graph(
        nodes,
        "known",
        [helper.make_tensor_value_info("image", float32, ["batch", 4, 2, 7])],
        [helper.make_tensor_value_info("logits", float32, ["rows", 4])],
        [*constants, shape, rows],
    )
    model = helper.make_model_gen_version(graph, opset_imports=[helper.make_opsetid("", 15)])
    onnx.checker.check_model(model)
    counted = nodes_of(model.SerializeToString(), batch=3)
    steps = 3 * 6 * 2  # The images' rows of all channels, one after another.
    assert [(n.kind, n.multiply_adds) for n in counted] == [
        ("Conv", 3 * 6 * 2 * 7 * 2 * 3 * 3),
        ("Relu", 0),
        ("Reshape", 0),
        ("LSTM", steps * 2 * 20 * (7 + 5)),
        ("MatMul", steps * 2 * 5 * 3),
        ("Reshape", 0),
        ("Gemm", steps * 2 * 3 * 4),
    ]
    assert counted[0].operations == 2 * counted[0].multiply_adds
    assert [n.weights for n in counted[:3]] == [4 * 6 * 2 * 3 * 3, 0, 24]
    assert [n.activations for n in counted[:4]] == [4 * 3 * 6 * 2 * 7, 0, 0, 4 * steps * 2 * 5]
