"""An ONNX graph whose convolutions multiply numbers of 8 bits, for processors that do so fast.

It is static quantisation (Jacob et al., 2018) in the form that ONNX Runtime recognises: pairs of
`QuantizeLinear` and `DequantizeLinear` around each operation. Weights have a step for every filter,
and activations, which a ReLU makes positive, one for every layer, fitted to example images. Only
activations between two convolutions have 8 bits. So the first convolution stays as it is, which
takes little time, and the last one too: its activations, if they were rounded, would cause a third
of the squared error in the logits. For an LSTM of 8 bits ONNX Runtime has another form; see
`captcha_model.export.onnx_8bit_lstm`.

ONNX Runtime's own package for this was tried: its steps from the largest values make one and a half
times the squared error, and its better ones can be fitted to images of one width only.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from captcha_model.errors import ExportError
from captcha_model.export._inference_copy import quiet
from captcha_model.export.onnx import check_converter
from captcha_model.export.onnx_8bit_lstm import quantise_lstms
from captcha_model.networks.base import INPUT
from captcha_model.runtimes.onnx_session import load_onnxruntime

if TYPE_CHECKING:
    import onnx

_ACTIVATION_LEVELS = 255  # Unsigned, from 0.
_WEIGHT_LEVELS = 127  # Signed, without -128, so that the steps are the same on both sides of 0.
_LEAST = np.float32(1e-4)  # What an unused filter counts as, so that no step is 0.
_MOST = 2**30  # Of a bias, in 32 bits, so that a sum has room.
_SAMPLES = 1000  # Activations of a layer that are looked at, of each image.
_SHARES = np.linspace(0.2, 1, 41)  # Of the largest activation: where a layer may be clipped.


def to_8_bit(
    graph: bytes, images: Iterable[npt.NDArray[np.float32]], *, recurrent: bool = False
) -> bytes:
    """Quantise the convolutions of a graph and, if wished, its recurrent layers.

    Args:
        graph: what `captcha_model.export.onnx.to_onnx` writes.
        images: batches (N, H, W, C) from 0 to 1 of what the network will read; a few hundred
            images are enough.
        recurrent: whether LSTM layers get 8 bits too. Where there is one, `OnnxRuntime` then runs
            one image at a time.

    Returns:
        The bytes of an `.onnx` file with the same input, output and metadata.

    Raises:
        ExportError: the graph has no convolution that could be quantised.
        DependencyError: onnx or ONNX Runtime is not installed.
    """
    check_converter()
    import onnx

    model = onnx.load_from_string(graph)
    with quiet():
        steps = _fit_steps(model, images)
        quantised = _Rewriting(model, steps).run()
        if not quantised:
            raise ExportError(
                "No convolution of this network is between two others, so none can have 8 bits.",
                code="EXPORT_UNSUPPORTED",
            )
        if recurrent:
            quantise_lstms(model)
        onnx.checker.check_model(model, full_check=True)
    data: bytes = model.SerializeToString()
    return data


def _fit_steps(
    model: "onnx.ModelProto", images: Iterable[npt.NDArray[np.float32]]
) -> dict[str, np.float32]:
    """Return the step between two levels of all activations between two convolutions."""
    import onnx

    names = list(_between(model.graph))
    if not names:
        return {}
    watched = onnx.ModelProto()
    watched.CopyFrom(model)
    del watched.graph.output[:]
    watched.graph.output.extend(
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in names
    )
    session = load_onnxruntime().InferenceSession(
        watched.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    random = np.random.default_rng(0)
    seen: dict[str, list[npt.NDArray[np.float32]]] = {name: [] for name in names}
    for batch in images:
        for name, found in zip(names, session.run(names, {INPUT: batch}), strict=True):
            seen[name].append(random.choice(found.ravel(), _SAMPLES * len(batch)))
    return {name: _best_step(np.concatenate(values)) for name, values in seen.items()}


def _between(graph: "onnx.GraphProto") -> Iterator[str]:
    """Yield the outputs of a convolution's ReLU that only convolutions read, pooled or not."""
    convolved = {node.output[0] for node in graph.node if node.op_type == "Conv"}

    def only_convolved(name: str) -> bool:
        readers = _readers(graph, name)
        return bool(readers) and all(
            node.op_type == "Conv" or (node.op_type == "MaxPool" and only_convolved(node.output[0]))
            for node in readers
        )

    for node in graph.node:
        if node.op_type == "Relu" and node.input[0] in convolved and only_convolved(node.output[0]):
            yield node.output[0]


def _readers(graph: "onnx.GraphProto", name: str) -> list["onnx.NodeProto"]:
    return [node for node in graph.node if name in node.input]


def _best_step(values: npt.NDArray[np.float32]) -> np.float32:
    """Return the step with the least squared error over values >= 0.

    Large values are rare, and to clip them costs less than a larger step for all.
    """
    largest = np.maximum(values.max(), _LEAST)
    steps = _SHARES * largest / _ACTIVATION_LEVELS
    errors = [
        np.square(np.clip(np.round(values / step), 0, _ACTIVATION_LEVELS) * step - values).mean()
        for step in steps
    ]
    return np.float32(steps[int(np.argmin(errors))])


class _Rewriting:
    """Puts quantised convolutions in the place of those of a graph.

    Args:
        model: the graph, which is changed.
        steps: of the activations, by the name of the tensor.
    """

    def __init__(self, model: "onnx.ModelProto", steps: Mapping[str, np.float32]) -> None:
        self._graph = model.graph
        self._steps = steps
        self._nodes: list[Any] = []
        # By the name of a tensor: the tensor that is read in its place, and its activation's name.
        self._replaced: dict[str, tuple[str, str]] = {}

    def run(self) -> int:
        """Rewrite the graph; return how many convolutions have 8 bits now."""
        from onnx import numpy_helper

        tensors = {t.name: numpy_helper.to_array(t) for t in self._graph.initializer}
        inner = {n.input[0] for n in self._graph.node if n.output[0] in self._steps}
        only_pooled = {
            name: all(node.op_type == "MaxPool" for node in _readers(self._graph, name))
            for name in self._steps
        }
        quantised: set[str] = set()
        for node in list(self._graph.node):
            before = self._replaced.get(node.input[0]) if node.input else None
            if node.op_type == "Conv" and before and node.output[0] in inner:
                weights, bias = (tensors[name] for name in node.input[1:3])
                self._quantise_weights(node, weights, bias, before[1])
                quantised.add(node.output[0])
            node.input[:] = [self._replaced.get(name, (name,))[0] for name in node.input]
            self._nodes.append(node)
            name = node.output[0]
            if name in self._steps:
                # ONNX Runtime pools numbers of 8 bits fast behind a convolution of them, and slowly
                # elsewhere, where they get 8 bits when they have been pooled. The largest value,
                # rounded, is the largest of the rounded ones.
                self._add(f"{name}/step", self._steps[name])
                self._add(f"{name}/zero", np.uint8(0))
                if node.input[0] in quantised or not only_pooled[name]:
                    self._quantise(name, name)
            elif node.op_type == "MaxPool" and before:
                self._quantise(name, before[1])
            elif node.op_type == "MaxPool" and node.input[0] in self._steps:
                # ONNX Runtime would round before the pooling all the same, but for a node between
                # them. This one changes nothing, because a ReLU has no negative output.
                self._add_node("Abs", [name], f"{name}/held")
                self._quantise(f"{name}/held", node.input[0])
                self._replaced[name] = self._replaced[f"{name}/held"]
        del self._graph.node[:]
        self._graph.node.extend(self._nodes)
        used = {name for node in self._nodes for name in node.input}
        kept = [tensor for tensor in self._graph.initializer if tensor.name in used]
        del self._graph.initializer[:]
        self._graph.initializer.extend(kept)
        return len(quantised)

    def _quantise(self, name: str, activation: str) -> None:
        """Quantise a tensor by the step of an activation: its own, or the one it was pooled of."""
        step, zero = f"{activation}/step", f"{activation}/zero"
        self._add_node("QuantizeLinear", [name, step, zero], f"{name}/8bit")
        self._add_node("DequantizeLinear", [f"{name}/8bit", step, zero], f"{name}/rounded")
        self._replaced[name] = (f"{name}/rounded", activation)

    def _quantise_weights(
        self,
        node: Any,
        weights: npt.NDArray[np.float32],
        bias: npt.NDArray[np.float32],
        activation: str,
    ) -> None:
        """Quantise the weights (filters, channels, h, w) and the bias of a convolution."""
        largest = np.abs(weights).reshape(len(weights), -1).max(axis=1)
        steps = np.maximum(largest, _LEAST) / np.float32(_WEIGHT_LEVELS)
        levels = np.round(weights / steps[:, None, None, None]).astype(np.int8)
        # The sums that the bias is added to are multiples of the product of both steps.
        sums = steps * self._steps[activation]
        offsets = np.clip(np.round(bias / sums), -_MOST, _MOST)
        for place, values, scale in (
            (1, levels, steps),
            (2, offsets.astype(np.int32), sums),
        ):
            name = f"{node.output[0]}/{('', 'weights', 'bias')[place]}"
            parts = [f"{name}/levels", f"{name}/steps", f"{name}/zeros"]
            self._add(parts[0], values)
            self._add(parts[1], scale.astype(np.float32))
            self._add(parts[2], np.zeros(len(scale), values.dtype))
            self._add_node("DequantizeLinear", parts, name, axis=0)
            node.input[place] = name

    def _add(self, name: str, values: Any) -> None:
        from onnx import numpy_helper

        self._graph.initializer.append(numpy_helper.from_array(np.asarray(values), name))

    def _add_node(self, operator: str, inputs: list[str], output: str, **attributes: int) -> None:
        from onnx import helper

        self._nodes.append(helper.make_node(operator, inputs, [output], **attributes))
