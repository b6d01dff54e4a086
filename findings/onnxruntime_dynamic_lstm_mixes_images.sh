#!/usr/bin/env bash
# With a dynamically quantised LSTM an item's outputs depend on the rest of its batch.
#
# Versions: onnxruntime 1.32.0, onnx 1.23.2, numpy 2.4.6, Python 3.11. Seen on 2026-11-29.
#
# `quantize_dynamic` turns LSTM into `DynamicQuantizeLSTM`. At each call it rounds the inputs to 255
# steps between the least and the largest value of the whole batch. Beside an item with larger values
# another item is rounded more coarsely, so its outputs change: a reader gives one confidence for an
# image alone and another one for the same image in a list. The LSTM of the float graph does not.
#
# A way round it: read one item at a time where the graph has this operator.
#
# Output seen (the largest change of an item's outputs, which are between -1 and 1, by its neighbour):
#   LSTM: 0.0000
#   DynamicQuantizeLSTM: 0.0069
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet onnxruntime==1.32.0 onnx==1.23.2 numpy==2.4.6
cat > "$folder/mixes.py" <<'PYTHON'
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxruntime import InferenceSession
from onnxruntime.quantization import quantize_dynamic

STEPS, INPUTS, HIDDEN = 20, 16, 32
folder = sys.argv[1]
random = np.random.default_rng(0)
weights = {
    "w": random.normal(0, 0.3, (1, 4 * HIDDEN, INPUTS)).astype(np.float32),
    "r": random.normal(0, 0.3, (1, 4 * HIDDEN, HIDDEN)).astype(np.float32),
}
graph = helper.make_graph(
    [helper.make_node("LSTM", ["x", "w", "r"], ["y"], hidden_size=HIDDEN)],
    "lstm",
    [helper.make_tensor_value_info("x", TensorProto.FLOAT, [STEPS, "batch", INPUTS])],
    [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
    [numpy_helper.from_array(value, name) for name, value in weights.items()],
)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)], ir_version=8)
onnx.save(model, f"{folder}/float.onnx")
quantize_dynamic(f"{folder}/float.onnx", f"{folder}/quantised.onnx")

item = random.uniform(0, 1, (STEPS, 1, INPUTS)).astype(np.float32)
neighbour = 4 * random.uniform(0, 1, (STEPS, 1, INPUTS)).astype(np.float32)
found = {}
for name in ("float", "quantised"):
    (operator,) = (n.op_type for n in onnx.load(f"{folder}/{name}.onnx").graph.node)
    session = InferenceSession(f"{folder}/{name}.onnx", providers=["CPUExecutionProvider"])
    alone = session.run(None, {"x": item})[0]
    beside = session.run(None, {"x": np.concatenate([item, neighbour], axis=1)})[0][:, :, :1]
    found[operator] = float(np.abs(alone - beside).max())
    print(f"{operator}: {found[operator]:.4f}")
assert found["LSTM"] < 1e-5 < 1e-3 < found["DynamicQuantizeLSTM"], found
print("as found: the neighbour changes the outputs")
PYTHON
"$folder/env/bin/python" "$folder/mixes.py" "$folder" 2>/dev/null
