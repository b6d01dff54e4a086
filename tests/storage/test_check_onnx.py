"""Graphs as somebody with bad intentions would make them, with the package that makes graphs."""

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from captcha_model.errors import ModelFolderError
from captcha_model.export.onnx import to_onnx
from captcha_model.hub import BUNDLED
from captcha_model.networks.base import CONTRIBUTED, LSTM_8_BIT
from captcha_model.storage import check_onnx
from captcha_model.storage.check_onnx import _check_tensor, check_graph
from captcha_model.storage.manifest import ONNX_FILE

WEIGHTS = np.arange(6, dtype=np.float32).reshape(2, 3)


def model_of(nodes, tensors, *, ends=True, **options) -> onnx.ModelProto:
    info = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes,
        "graph",
        [info("image", TensorProto.FLOAT, ["batch", 2])] if ends else [],
        [info("logits", TensorProto.FLOAT, ["batch", 3])] if ends else [],
        tensors,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)], **options)


def plain(**changes) -> onnx.ModelProto:
    """Make a graph with nothing wrong: images times weights."""
    node = helper.make_node("MatMul", ["image", "weights"], ["logits"], **changes)
    return model_of([node], [numpy_helper.from_array(WEIGHTS, "weights")])


def refused(model: onnx.ModelProto | bytes) -> str:
    data = model if isinstance(model, bytes) else model.SerializeToString()
    with pytest.raises(ModelFolderError) as caught:
        check_graph(data)
    return caught.value.code


def test_a_plain_graph_is_taken():
    check_graph(plain().SerializeToString())
    check_graph((BUNDLED / ONNX_FILE).read_bytes())


@pytest.mark.slow
def test_every_architecture_is_taken(any_model):
    check_graph(to_onnx(any_model.config, any_model.network))


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((), np.float32),
        np.zeros((0, 3), np.float32),
        np.array([1.5, -2], np.float64),
        np.array([1, -1], np.int64),
        np.array([7], np.int32),
        np.array([True, False]),
        np.array([0, 255], np.uint8),
        np.array([-128, 127], np.int8),
    ],
)
@pytest.mark.parametrize("raw", [True, False])
def test_tensors_of_every_known_type_are_taken(array, raw):
    tensor = numpy_helper.from_array(array, "weights")
    if not raw:
        values = array.flatten().tolist()
        tensor = helper.make_tensor("weights", tensor.data_type, array.shape, values)
        assert not tensor.HasField("raw_data")
    node = helper.make_node("Op", ["image", "weights"], ["logits"])
    check_graph(model_of([node], [tensor]).SerializeToString())


def test_weights_in_other_files():
    model = plain()
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    assert refused(model) == "ONNX_NOT_SELF_CONTAINED"
    tensor.external_data.add(key="location", value="../../etc/passwd")
    assert refused(model) == "ONNX_NOT_SELF_CONTAINED"
    tensor.data_location = TensorProto.DEFAULT
    assert refused(model) == "ONNX_NOT_SELF_CONTAINED"


def test_weights_in_other_files_deep_inside():
    model = plain()
    constant = helper.make_node("Constant", [], ["more"], value=numpy_helper.from_array(WEIGHTS))
    constant.attribute[0].t.external_data.add(key="location", value="w.bin")
    model.graph.node.append(constant)
    assert refused(model) == "ONNX_NOT_SELF_CONTAINED"


@pytest.mark.parametrize("domain", ["custom", "com.microsoft", "ai.onnx.ml", "ai.onnx.contrib"])
def test_operators_of_others(domain):
    assert refused(plain(domain=domain)) == "ONNX_NOT_ALLOWED"


@pytest.mark.parametrize("domain", ["custom", "ai.onnx.ml"])
def test_an_allowed_operator_of_others_is_one_of_its_domain(domain):
    node = helper.make_node(LSTM_8_BIT, ["image", "weights"], ["logits"], domain=CONTRIBUTED)
    check_graph(model_of([node], [numpy_helper.from_array(WEIGHTS, "weights")]).SerializeToString())
    node.domain = domain
    assert refused(model_of([node], [numpy_helper.from_array(WEIGHTS, "weights")])) == (
        "ONNX_NOT_ALLOWED"
    )


def test_functions_that_a_graph_brings_along():
    model = plain()
    function = helper.make_function(
        "custom", "F", ["x"], ["y"], [helper.make_node("Relu", ["x"], ["y"])], []
    )
    model.functions.append(function)
    assert refused(model) == "ONNX_NOT_ALLOWED"


def test_training_that_a_graph_brings_along():
    model = plain()
    model.training_info.add()
    assert refused(model) == "ONNX_NOT_ALLOWED"


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("raw", [True, False])
def test_numbers_that_are_not_finite(value, dtype, raw):
    array = WEIGHTS.astype(dtype)
    array[1, 2] = value
    tensor = numpy_helper.from_array(array, "weights")
    if not raw:
        values = array.flatten().tolist()
        tensor = helper.make_tensor("weights", tensor.data_type, array.shape, values)
    model = plain()
    model.graph.initializer[0].CopyFrom(tensor)
    assert refused(model) == "WEIGHTS_NOT_FINITE"


@pytest.mark.parametrize(
    "attributes",
    [{"alpha": float("nan")}, {"alphas": [1.0, float("inf")]}, {"value": None}],
)
def test_numbers_in_attributes_that_are_not_finite(attributes):
    if "value" in attributes:
        attributes = {"value": numpy_helper.from_array(np.array([np.nan], np.float32))}
    assert refused(plain(**attributes)) == "WEIGHTS_NOT_FINITE"
    check_graph(plain(alpha=1.0, alphas=[1.0, 2.0]).SerializeToString())


@pytest.mark.parametrize(
    "dims",
    [[2, 4], [100, 100], [-2, -3], [6, -1], [1] * 9 + [6], [], [0]],
)
def test_shapes_that_are_not_those_of_the_numbers(dims):
    model = plain()
    model.graph.initializer[0].dims[:] = dims
    assert refused(model) == "ONNX_NOT_ALLOWED"
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.float_data[:] = WEIGHTS.flatten().tolist()
    assert refused(model) == "ONNX_NOT_ALLOWED"
    tensor.ClearField("float_data")
    tensor.data_type = TensorProto.INT64
    tensor.int64_data[:] = range(6)
    assert refused(model) == "ONNX_NOT_ALLOWED"


@pytest.mark.parametrize(
    "kind", [0, TensorProto.STRING, TensorProto.FLOAT16, TensorProto.COMPLEX64, 99]
)
def test_strange_types_of_tensors(kind):
    model = plain()
    model.graph.initializer[0].data_type = kind
    assert refused(model) == "ONNX_NOT_ALLOWED"


def test_tensors_that_nothing_uses_and_tensors_twice():
    model = plain()
    model.graph.initializer.append(numpy_helper.from_array(WEIGHTS, "payload"))
    assert refused(model) == "ONNX_NOT_ALLOWED"
    model.graph.initializer[1].name = "weights"
    assert refused(model) == "ONNX_NOT_ALLOWED"
    model = plain()
    sparse = model.graph.sparse_initializer.add()
    sparse.values.CopyFrom(numpy_helper.from_array(WEIGHTS[0], "sparse"))
    assert refused(model) == "ONNX_NOT_ALLOWED"


def loop_of(turns, *, body_nodes=None, name="turns") -> onnx.ModelProto:
    info = helper.make_tensor_value_info
    body = helper.make_graph(
        body_nodes or [helper.make_node("Identity", ["going"], ["still"])],
        "body",
        [info("turn", TensorProto.INT64, []), info("going", TensorProto.BOOL, [])],
        [info("still", TensorProto.BOOL, [])],
    )
    node = helper.make_node("Loop", [name, "on"], [], body=body)
    tensors = [numpy_helper.from_array(np.array(True), "on")]
    if turns is not None:
        tensors.append(numpy_helper.from_array(np.array(turns), "turns"))
    return model_of([node], tensors, ends=False)


@pytest.mark.parametrize("turns", [np.int64(0), np.int64(1024), np.int32(50)])
def test_a_loop_with_a_bound_is_taken(turns):
    check_graph(loop_of(turns).SerializeToString())


@pytest.mark.parametrize("turns", [np.int64(1025), np.int64(-1), np.float32(3)])
def test_a_loop_without_a_bound(turns):
    assert refused(loop_of(turns)) == "ONNX_NOT_ALLOWED"


def test_a_loop_whose_bound_is_computed_or_missing():
    assert refused(loop_of(None, name="computed")) == "ONNX_NOT_ALLOWED"
    assert refused(loop_of(None, name="")) == "ONNX_NOT_ALLOWED"
    model = loop_of(np.int64(3))
    del model.graph.node[0].input[:]
    assert refused(model) == "ONNX_NOT_ALLOWED"


def test_a_loop_in_a_loop_and_other_graphs_in_graphs():
    inner = loop_of(np.int64(3)).graph.node[0]
    inner.input[0] = "turn"
    assert refused(loop_of(np.int64(3), body_nodes=[inner])) == "ONNX_NOT_ALLOWED"
    branch = helper.make_graph([helper.make_node("Identity", ["weights"], ["y"])], "g", [], [])
    assert refused(plain(then_branch=branch)) == "ONNX_NOT_ALLOWED"
    assert refused(plain(branches=[branch])) == "ONNX_NOT_ALLOWED"


def test_a_bad_tensor_in_the_body_of_a_loop():
    model = loop_of(np.int64(3))
    body = model.graph.node[0].attribute[0].g
    body.node.append(helper.make_node("Add", ["turn", "w"], ["z"]))
    body.initializer.append(numpy_helper.from_array(np.array([np.nan], np.float32), "w"))
    assert refused(model) == "WEIGHTS_NOT_FINITE"


def test_a_second_graph_which_readers_would_merge():
    model = plain()
    more = onnx.ModelProto()
    more.graph.node.append(helper.make_node("F", [], ["x"], domain="custom"))
    assert refused(model.SerializeToString() + more.SerializeToString()) == "ONNX_NOT_ALLOWED"


def test_lists_have_a_limit(monkeypatch):
    monkeypatch.setattr(check_onnx, "_MAX_VALUES", 50)
    model = plain()
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_type = TensorProto.INT64
    tensor.dims[:] = [60]
    tensor.int64_data[:] = [0] * 60
    assert refused(model) == "WEIGHTS_INVALID"
    tensor.ClearField("int64_data")
    one_by_one = tensor.SerializeToString() + b"\x38\x00" * 60
    with pytest.raises(ModelFolderError) as caught:
        _check_tensor(memoryview(one_by_one))
    assert caught.value.code == "ONNX_NOT_ALLOWED"
    model = plain()
    model.graph.node.extend([helper.make_node("Relu", ["image"], ["x"])] * 60)
    assert refused(model) == "ONNX_NOT_ALLOWED"


def test_weights_in_other_files_are_never_read(tmp_path, monkeypatch):
    """ONNX Runtime would look for them, relative to the working directory."""
    folder = tmp_path / "deep" / "folder"
    folder.mkdir(parents=True)
    onnx.save(
        plain(), folder / "m.onnx", save_as_external_data=True, location="w.bin", size_threshold=0
    )
    monkeypatch.chdir(folder)
    assert (folder / "w.bin").exists()
    assert refused((folder / "m.onnx").read_bytes()) == "ONNX_NOT_SELF_CONTAINED"


@pytest.mark.parametrize("data", [b"not a graph", b"\x3a\x05abc", b"\x08"])
def test_what_is_no_message(data):
    assert refused(data) == "WEIGHTS_INVALID"


def test_another_kind_of_model_file():
    """ONNX Runtime's own format, which it would recognise."""
    assert refused(b"\x18\x00\x00\x00ORTM" + bytes(64)) == "ONNX_NOT_ALLOWED"


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(st.data())
def test_damage_gives_no_other_error(data):
    whole = plain(alpha=1.0).SerializeToString()
    place = data.draw(st.integers(0, len(whole) - 1))
    patch = data.draw(st.binary(min_size=1, max_size=4))
    broken = whole[:place] + patch + whole[place + data.draw(st.integers(0, 4)) :]
    try:
        check_graph(broken)
    except ModelFolderError as error:
        assert error.code in {
            *("WEIGHTS_INVALID", "ONNX_NOT_ALLOWED"),
            *("ONNX_NOT_SELF_CONTAINED", "WEIGHTS_NOT_FINITE"),
        }
