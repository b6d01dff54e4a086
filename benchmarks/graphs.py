"""What an ONNX graph computes, node by node, and sessions that run one as the package does."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime

from captcha_model._utils.keras_backend import usable_cores

GRAPH = Path(__file__).parents[1] / "captcha_model" / "bundled" / "model.onnx"
_ONLY_ERRORS = 3

# What ONNX Runtime leaves where it lies, or computes with the node before: no bytes of its own.
_IN_PLACE = {"Flatten", "Identity", "Relu", "Reshape", "Squeeze", "Unsqueeze"}


@dataclass(frozen=True)
class Node:
    """One node of a graph.

    Attributes:
        kind: the operator, such as "Conv".
        shape: of its first output.
        multiply_adds: of convolutions, matrix products and LSTMs (their gates' element-wise part is
            left out, as all other nodes' arithmetic is: it is below 1 % of these networks').
        weights: bytes of the constants that it takes.
        activations: bytes that it gives.
    """

    kind: str
    shape: tuple[int, ...]
    multiply_adds: int
    weights: int
    activations: int

    @property
    def operations(self) -> int:
        """Floating-point operations: a multiplication and an addition are two."""
        return 2 * self.multiply_adds


def nodes_of(graph: bytes, batch: int = 1) -> list[Node]:
    """Count what every node of a graph computes for a batch, in the graph's order.

    The shapes come from running the graph once with every tensor as an output: inference alone
    leaves some open, because the converter computes shapes inside the graph.

    Args:
        graph: of one input whose first dimension is the batch.
        batch: how many images.
    """
    model = onnx.load_model_from_string(graph)
    constants = {c.name: onnx.numpy_helper.to_array(c) for c in model.graph.initializer}
    tensors: dict[str, npt.NDArray[Any]] = {**constants, **_all_tensors(model, batch)}
    counted = []
    for node in model.graph.node:
        inputs = [tensors.get(name) for name in node.input]
        outputs = [tensors[name] for name in node.output if name]
        moved = () if node.op_type in _IN_PLACE else outputs
        counted.append(
            Node(
                node.op_type,
                outputs[0].shape,
                _multiply_adds(node, inputs, outputs[0]),
                sum(constants[name].nbytes for name in node.input if name in constants),
                sum(output.nbytes for output in moved),
            )
        )
    return counted


def session_options(threads: int) -> Any:
    """Return the settings that the package reads with (`captcha_model.runtimes.onnx`).

    Args:
        threads: how many; the package takes one, and shares batches out itself. More than one do
            not spin while they wait.
    """
    options = onnxruntime.SessionOptions()
    options.log_severity_level = _ONLY_ERRORS
    options.intra_op_num_threads = threads
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.enable_mem_pattern = False
    return options


def open_session(graph: bytes, threads: int, profile: str | None = None) -> Any:
    """Open a graph with `session_options`.

    Args:
        graph: the bytes of an `.onnx` file.
        threads: how many.
        profile: the beginning of the name of a file that the session writes its times to.
    """
    options = session_options(threads)
    if profile:
        options.enable_profiling = True
        options.profile_file_prefix = profile
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


def feed(session: Any, batch: int, seed: int = 0) -> dict[str, npt.NDArray[np.float32]]:
    """Return random images for a session's only input."""
    (image,) = session.get_inputs()
    shape = (batch, *image.shape[1:])
    return {image.name: np.random.default_rng(seed).random(shape, np.float32)}


def thread_counts() -> list[int]:
    """Return 1 and the number that the package uses, which may be the same."""
    return sorted({1, usable_cores()})


def _all_tensors(model: Any, batch: int) -> dict[str, npt.NDArray[Any]]:
    """Run a graph, and return all that it takes and computes, by name."""
    exposed = onnx.ModelProto()
    exposed.CopyFrom(model)
    names = [name for node in model.graph.node for name in node.output if name]
    known = {output.name for output in model.graph.output}
    exposed.graph.output.extend(onnx.ValueInfoProto(name=n) for n in names if n not in known)
    session = open_session(exposed.SerializeToString(), 1)
    images = feed(session, batch)
    return {**images, **dict(zip(names, session.run(names, images), strict=True))}


def _multiply_adds(
    node: Any, inputs: Sequence[npt.NDArray[Any] | None], output: npt.NDArray[Any]
) -> int:
    """Count a node's multiply-adds; `inputs` has None where an optional one is left out."""
    shapes = [() if tensor is None else tensor.shape for tensor in inputs]
    if node.op_type == "Conv":  # The weights are (out, in / groups, rows, columns).
        return output.size * math.prod(shapes[1][1:])
    if node.op_type == "MatMul":
        return output.size * shapes[0][-1]
    if node.op_type == "Gemm":
        turned = any(a.name == "transA" and a.i for a in node.attribute)
        return output.size * shapes[0][0 if turned else 1]
    if node.op_type == "LSTM":  # (T, N, inputs), (directions, 4 H, inputs), (directions, 4 H, H).
        steps, batch, _ = shapes[0]
        return steps * batch * (math.prod(shapes[1]) + math.prod(shapes[2]))
    return 0
