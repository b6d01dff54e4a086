#!/usr/bin/env bash
# ONNX Runtime's histogram calibration fails where images have widths of their own.
#
# Version: onnxruntime 1.32.0 with onnx 1.23.2 and NumPy 2.4.6 (PyPI), Python 3.11, Linux. Seen on
# 2026-11-29.
#
# A network for lines of text has an open width, so its calibration images do too. `quantize_static`
# takes them with the method MinMax. With Entropy, Percentile and Distribution, which choose tighter
# ranges, it puts the outputs of all batches of an intermediate tensor into one NumPy array, and that
# raises, without a word about widths.
#
# A way round it: one width for all calibration images, or ranges of one's own.
#
# Output seen:
#   MinMax: quantised
#   Entropy: ValueError: setting an array element with a sequence. The requested array has an
#     inhomogeneous shape after 2 dimensions. [...]
#   (the same for Percentile and Distribution)
#   Entropy, images of one width: quantised
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet onnxruntime==1.32.0 onnx==1.23.2 numpy==2.4.6
cat > "$folder/calibrate.py" <<'PYTHON'
import logging
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, quantize_static

logging.disable(logging.CRITICAL)
random = np.random.default_rng(0)
weights = numpy_helper.from_array(random.normal(size=(4, 1, 3, 3)).astype(np.float32), "weights")
graph = helper.make_graph(
    [helper.make_node("Conv", ["image", "weights"], ["features"], pads=[1, 1, 1, 1])],
    "columns",
    [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 1, 8, "width"])],
    [helper.make_tensor_value_info("features", TensorProto.FLOAT, [1, 4, 8, "width"])],
    [weights],
)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
onnx.save(model, sys.argv[1])


class Images(CalibrationDataReader):
    def __init__(self, widths):
        self.images = iter(
            [{"image": random.random((1, 1, 8, width), np.float32)} for width in widths]
        )

    def get_next(self):
        return next(self.images, None)


def quantise(method, widths):
    try:
        quantize_static(sys.argv[1], sys.argv[2], Images(widths), calibrate_method=method)
    except ValueError as error:
        return f"ValueError: {error}"
    return "quantised"


found = {}
for name in ("MinMax", "Entropy", "Percentile", "Distribution"):
    found[name] = quantise(getattr(CalibrationMethod, name), (20, 30, 40))
    print(f"{name}: {found[name]}")
one = quantise(CalibrationMethod.Entropy, (30, 30, 30))
print(f"Entropy, images of one width: {one}")
assert found["MinMax"] == one == "quantised"
for name in ("Entropy", "Percentile", "Distribution"):
    assert "inhomogeneous shape" in found[name], name
PYTHON
"$folder/env/bin/python" "$folder/calibrate.py" "$folder/model.onnx" "$folder/small.onnx"
