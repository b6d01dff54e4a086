"""A Keras network as an ONNX graph, which ONNX Runtime and other programs run.

Its input is `image`, its output is `logits`, and the batch can have any size. The metadata of the
graph hold what a program in another language needs to read images: `captcha_config`, our settings
as JSON, with the characters but without the calibration, and `output`, how the logits are decoded
(see `captcha_model.decoding.heads`).
"""

import hashlib
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from captcha_model import networks
from captcha_model._utils.atomic_files import write_atomically
from captcha_model._utils.keras_backend import load_keras
from captcha_model.config import CaptchaConfig
from captcha_model.errors import DependencyError
from captcha_model.export._format import NETWORK_GIVES, Format
from captcha_model.export._in_tensorflow import onnx_by_tensorflow
from captcha_model.export._inference_copy import CPU, inference_copy, quiet
from captcha_model.networks.base import INPUT, OUTPUT

if TYPE_CHECKING:
    import keras

    from captcha_model.model import CaptchaModel

BATCH, WIDTH, STEPS = "batch", "width", "steps"
"""The names of the sizes that a graph leaves open."""
OPSET = 15
SETTINGS = "captcha_config"  # The key of the settings in the metadata.

_kept: dict[bytes, bytes] = {}
_MOST_KEPT = 1


def network_settings(config: CaptchaConfig) -> CaptchaConfig:
    """Return settings without what may change while the network stays: calibration and looks."""
    return replace(config, calibration=None, views=1, closer=False)


def check_converter() -> None:
    """Check that the packages of the conversion are installed.

    Raises:
        DependencyError: Keras, onnx or tf2onnx is not installed.
    """
    load_keras()
    try:
        with quiet():
            import onnx  # noqa: F401
            import tf2onnx  # noqa: F401
    except ImportError as error:
        raise DependencyError.missing(error.name or "onnx", "export", "Writing ONNX") from error


def to_onnx(config: CaptchaConfig, network: "keras.Model") -> bytes:
    """Convert a network with tf2onnx on the CPU, name its input and output, and check it.

    Where Keras runs on JAX or PyTorch, a process of its own does it with TensorFlow. The graph of
    the network that was converted last is kept, so it is not converted again as long as it has the
    same weights and settings.

    Args:
        config: the settings that `network` was built from.
        network: images (N, H, W, C) to logits (N, T, C).

    Returns:
        The bytes of an `.onnx` file with the opset `OPSET`.

    Raises:
        DependencyError: onnx or tf2onnx is not installed.
        ExportError: Keras does not run on TensorFlow, nor does it in a process of its own.
    """
    check_converter()
    key = _digest(config, network)
    graph = _kept.get(key)
    if graph is None:
        graph = _converted(config, network)
        if len(_kept) >= _MOST_KEPT:
            _kept.clear()
        _kept[key] = graph
    return graph


def _digest(config: CaptchaConfig, network: "keras.Model") -> bytes:
    found = hashlib.sha256(network_settings(config).to_json().encode())
    for weight in network.get_weights():
        found.update(weight.tobytes())
    return found.digest()


def _converted(config: CaptchaConfig, network: "keras.Model") -> bytes:
    import onnx

    if load_keras().backend.backend() != "tensorflow":
        return onnx_by_tensorflow(config, network)

    copy = inference_copy(config, network)
    with quiet():
        graph = _convert(copy, config)
        _name_ends(graph.graph, copy)
        onnx.helper.set_model_props(
            graph,
            {
                SETTINGS: network_settings(config).to_json(),
                "output": networks.describe(config).output.name,
            },
        )
        onnx.checker.check_model(graph, full_check=True)
    data: bytes = graph.SerializeToString()
    return data


def _convert(network: "keras.Model", config: CaptchaConfig) -> Any:
    """Return the network as an `onnx.ModelProto`."""
    import onnx

    with tempfile.TemporaryDirectory() as scratch, load_keras().device(CPU):
        # Keras exports only networks that have been called.
        network(np.zeros((1, *config.input_shape), np.float32), training=False)
        file = Path(scratch) / "network.onnx"
        network.export(file, format="onnx", opset_version=OPSET, verbose=False)
        return onnx.load(file)


def _name_ends(graph: Any, network: "keras.Model") -> None:
    """Rename the input, the output and their open dimensions, which tf2onnx names itself."""
    (image,), (logits,) = graph.input, graph.output
    names = {image.name: INPUT, logits.name: OUTPUT}
    for node in graph.node:
        node.input[:] = [names.get(name, name) for name in node.input]
        node.output[:] = [names.get(name, name) for name in node.output]
    for end, shape, open_sizes in (
        (image, network.input_shape, (BATCH, "", WIDTH, "")),
        (logits, network.output_shape, (BATCH, STEPS, "")),
    ):
        end.name = names[end.name]
        dimensions = end.type.tensor_type.shape.dim
        for dimension, size, name in zip(dimensions, shape, open_sizes, strict=True):
            if size is None:
                dimension.dim_param = name
            else:
                dimension.dim_value = size


def check(config: CaptchaConfig) -> None:  # noqa: ARG001
    """Check that the packages of ONNX are installed.

    Raises:
        DependencyError: onnx or tf2onnx is not installed.
    """
    check_converter()


def write(model: "CaptchaModel", path: Path) -> None:
    """Convert the network and write it."""
    write_atomically(path, to_onnx(model.config, model.network))


FORMAT = Format(
    write=write,
    name="model.onnx",
    usage='onnxruntime.InferenceSession("{path}").run(["logits"], {"image": images})[0]',
    gives=NETWORK_GIVES,
    check=check,
)
