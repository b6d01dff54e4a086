"""One `.onnx` file of the network, for ONNX Runtime and others.

Its input is `image`, its output `logits`, and the batch is of any size. The file's metadata hold
what a reader in another language needs beside the graph: `captcha_config`, our settings as JSON
with the characters, and `output`, how the logits are decoded (see `captcha_model.outputs`).
"""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from captcha_model import networks
from captcha_model.backend import load_keras
from captcha_model.config import CaptchaConfig
from captcha_model.errors import DependencyError
from captcha_model.export._format import NETWORK_GIVES, Format
from captcha_model.export._portable import CPU, portable_copy, quiet
from captcha_model.files import write_atomically

if TYPE_CHECKING:
    import keras

    from captcha_model.model import CaptchaModel

INPUT, OUTPUT, BATCH = "image", "logits", "batch"


def check(config: CaptchaConfig) -> None:  # noqa: ARG001
    """Import what ONNX needs.

    Raises:
        DependencyError: onnx or tf2onnx is not installed.
    """
    load_keras()
    try:
        with quiet():
            import onnx  # noqa: F401
            import tf2onnx  # noqa: F401
    except ImportError as error:
        raise DependencyError.missing(error.name or "onnx", "export", "ONNX") from error


def write(model: "CaptchaModel", path: Path) -> None:
    """Convert the network with tf2onnx, name its ends, check it and write it."""
    import onnx

    network = portable_copy(model)
    with quiet():
        converted = _convert(network)
        _name_ends(converted.graph, network)
        onnx.helper.set_model_props(
            converted,
            {
                "captcha_config": model.config.to_json(),
                "output": networks.describe(model.config).output.name,
            },
        )
        onnx.checker.check_model(converted, full_check=True)
    write_atomically(path, converted.SerializeToString())


def _convert(network: "keras.Model") -> Any:
    """Return the network as an `onnx.ModelProto`."""
    import onnx

    with tempfile.TemporaryDirectory() as scratch, load_keras().device(CPU):
        # Keras exports only a network that has been called.
        network(np.zeros((1, *network.input_shape[1:]), np.float32), training=False)
        file = Path(scratch) / "network.onnx"
        network.export(file, format="onnx", verbose=False)
        return onnx.load(file)


def _name_ends(graph: Any, network: "keras.Model") -> None:
    """Name the input, the output and their open dimension, for which tf2onnx invents names."""
    (image,), (logits,) = graph.input, graph.output
    names = {image.name: INPUT, logits.name: OUTPUT}
    for node in graph.node:
        node.input[:] = [names.get(name, name) for name in node.input]
        node.output[:] = [names.get(name, name) for name in node.output]
    for end, shape in ((image, network.input_shape), (logits, network.output_shape)):
        end.name = names[end.name]
        for dimension, size in zip(end.type.tensor_type.shape.dim, shape, strict=True):
            if size is None:
                dimension.dim_param = BATCH
            else:
                dimension.dim_value = size


FORMAT = Format(
    write=write,
    name="model.onnx",
    usage='onnxruntime.InferenceSession("{path}").run(["logits"], {"image": images})[0]',
    gives=NETWORK_GIVES,
    check=check,
)
