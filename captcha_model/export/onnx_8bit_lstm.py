"""LSTM layers whose products multiply numbers of 8 bits, with ONNX Runtime's `DynamicQuantizeLSTM`.

Weights have a step for every column. Of what they are multiplied with, the inputs of a call have
one step and the states of each time step have one, which all images share. So an image must be read
alone, or its result would depend on those beside it; see `captcha_model.runtimes.onnx`. Source of
the operator's inputs:
https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md
"""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from captcha_model.networks.base import CONTRIBUTED, LSTM_8_BIT

if TYPE_CHECKING:
    import onnx

_LEVELS = 127  # Signed, without -128.
_LEAST = np.float32(1e-6)  # What an unused column counts as, so that no step is 0.
_PLACES = (1, 2)  # Of the weights of the input and of the state, among the inputs of an LSTM.
_BEFORE_STEPS = 8  # Inputs of an LSTM, before those that only the operator of 8 bits has.


def quantise_lstms(model: "onnx.ModelProto") -> int:
    """Put LSTM layers of 8 bits in the place of those of a graph; return how many."""
    from onnx import helper, numpy_helper

    tensors = {t.name: numpy_helper.to_array(t) for t in model.graph.initializer}
    layers = [node for node in model.graph.node if node.op_type == "LSTM"]
    replaced = {node.input[place] for node in layers for place in _PLACES}
    kept = [tensor for tensor in model.graph.initializer if tensor.name not in replaced]
    del model.graph.initializer[:]
    model.graph.initializer.extend(kept)
    for node in layers:
        inputs = list(node.input) + [""] * (_BEFORE_STEPS - len(node.input))
        for place in _PLACES:
            name = inputs[place]
            levels, steps = _levels(tensors[name])
            # Both are added with zeros: what the level 0 stands for.
            parts = {"": levels, "/steps": steps, "/zeros": np.zeros(steps.shape, np.int8)}
            model.graph.initializer.extend(
                numpy_helper.from_array(values, f"{name}{part}") for part, values in parts.items()
            )
            inputs += [f"{name}/steps", f"{name}/zeros"]
        node.op_type, node.domain = LSTM_8_BIT, CONTRIBUTED
        node.input[:] = inputs
    if layers:
        model.opset_import.append(helper.make_opsetid(CONTRIBUTED, 1))
    return len(layers)


def _levels(
    weights: npt.NDArray[np.float32],
) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.float32]]:
    """Return the levels (directions, I, 4 H) of weights (directions, 4 H, I), and the steps."""
    steps = np.maximum(np.abs(weights).max(axis=2), _LEAST) / np.float32(_LEVELS)
    levels = np.round(weights / steps[:, :, None]).astype(np.int8)
    return np.ascontiguousarray(levels.transpose(0, 2, 1)), steps.astype(np.float32)
