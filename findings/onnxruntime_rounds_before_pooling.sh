#!/usr/bin/env bash
# ONNX Runtime moves a `QuantizeLinear` in front of a `MaxPool`, which then takes many times as long.
#
# Versions: onnxruntime 1.32.0, onnx 1.23.2, numpy 2.4.6, Python 3.11. Seen on 2026-11-29, on x86-64.
#
# In a graph in QDQ form whose first convolution stays in 32 bits, what it gives is pooled and then
# rounded for the convolutions of 8 bits. The optimiser rounds before the pooling instead, since both
# orders give the same numbers. Behind a convolution of 8 bits that is good, because there are kernels for
# channels last. Behind one of 32 bits the pooling becomes one of 8 bits with channels first, which has no
# fast kernel: in a captcha reader it took a third of the time of the whole network.
#
# A way round it: a node between the two that changes nothing, such as `Abs` behind a `Relu`.
#
# Output seen (the operators behind the convolution, and the time of the graph with `Abs`, as a fraction of
# the time of the plain one; it differs from machine to machine):
#   plain: QuantizeLinear MaxPool
#   with Abs: MaxPool Abs QuantizeLinear
#   time: 0.16
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet onnxruntime==1.32.0 onnx==1.23.2 numpy==2.4.6
cat > "$folder/pooling.py" <<'PYTHON'
import statistics
import sys
import time

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

FILTERS, TURNS = 32, 40
folder = sys.argv[1]
random = np.random.default_rng(0)
constants = {
    "weights": random.normal(0, 0.3, (FILTERS, 1, 3, 3)).astype(np.float32),
    "step": np.float32(0.02),
    "zero": np.uint8(0),
}


def graph_of(held: bool) -> bytes:
    last = "held" if held else "pooled"
    nodes = [
        helper.make_node("Conv", ["x", "weights"], ["convolved"], pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["convolved"], ["positive"]),
        helper.make_node("MaxPool", ["positive"], ["pooled"], kernel_shape=[2, 2], strides=[2, 2]),
        *([helper.make_node("Abs", ["pooled"], ["held"])] if held else []),
        helper.make_node("QuantizeLinear", [last, "step", "zero"], ["levels"]),
        helper.make_node("DequantizeLinear", ["levels", "step", "zero"], ["y"]),
    ]
    graph = helper.make_graph(
        nodes,
        "pooling",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 1, 50, 200])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    opsets = [helper.make_opsetid("", 15)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8).SerializeToString()


images = random.random((8, 1, 50, 200), np.float32)
results, sessions, orders = [], [], []
for held in (False, True):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    options.optimized_model_filepath = f"{folder}/optimised.onnx"
    sessions.append(
        onnxruntime.InferenceSession(graph_of(held), options, providers=["CPUExecutionProvider"])
    )
    operators = [node.op_type for node in onnx.load(f"{folder}/optimised.onnx").graph.node]
    orders.append([name for name in operators if name in ("MaxPool", "Abs", "QuantizeLinear")])
    results.append(sessions[-1].run(None, {"x": images})[0])
times = [[], []]
for _ in range(TURNS):
    for session, taken in zip(sessions, times):
        start = time.perf_counter()
        session.run(None, {"x": images})
        taken.append(time.perf_counter() - start)
plain, with_abs = map(statistics.median, times)
print("plain:", *orders[0])
print("with Abs:", *orders[1])
print(f"time: {with_abs / plain:.2f}")
np.testing.assert_array_equal(*results)
assert orders == [["QuantizeLinear", "MaxPool"], ["MaxPool", "Abs", "QuantizeLinear"]], orders
assert with_abs < 0.7 * plain, (plain, with_abs)
print("as found: rounding goes before the pooling, and costs time")
PYTHON
"$folder/env/bin/python" "$folder/pooling.py" "$folder" 2>/dev/null
