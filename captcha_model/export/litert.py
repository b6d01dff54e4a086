"""A `.tflite` file for LiteRT (formerly TensorFlow Lite), the runtime of phones and boards.

It holds only LiteRT's own operations, so that the plain interpreter runs it. They have no loop to
which TensorFlow's recurrent layers could be converted, so only networks without such layers can be
exported.
"""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from captcha_model import networks
from captcha_model._utils.atomic_files import write_atomically
from captcha_model._utils.keras_backend import load_keras
from captcha_model.config import CaptchaConfig
from captcha_model.errors import ExportError
from captcha_model.export._format import NETWORK_GIVES, Format
from captcha_model.export._inference_copy import CPU, inference_copy, quiet

if TYPE_CHECKING:
    import keras

    from captcha_model.model import CaptchaModel


def check(config: CaptchaConfig) -> None:
    """Check that an architecture has no recurrent layers.

    Raises:
        ExportError: it has recurrent layers.
    """
    if networks.describe(config).recurrent:
        suitable = [n for n in networks.architectures() if not networks.find(n).recurrent]
        raise ExportError(
            f"LiteRT's own operations cannot run the recurrent layers of {config.architecture}. "
            f"It can run: {', '.join(suitable)}."
        )


def write(model: "CaptchaModel", path: Path) -> None:
    """Convert the network with TensorFlow's converter and write it."""
    network = inference_copy(model.config, model.network)
    with quiet(), load_keras().device(CPU):
        data = _convert(network)
    write_atomically(path, data)


def _convert(network: "keras.Model") -> bytes:
    """Return the network as a flat buffer, with the input `image` and the output `logits`."""
    import tensorflow as tf

    archive = load_keras().export.ExportArchive()
    archive.add_endpoint(
        "serve",
        lambda image: {"logits": network(image, training=False)},
        input_signature=[tf.TensorSpec(network.input_shape, tf.float32, name="image")],
    )
    # Only the conversion from a folder works: from a function the converter ignores the weights of
    # a Keras 3 network, and the result gives NaN.
    with tempfile.TemporaryDirectory() as folder:
        archive.write_out(folder, verbose=False)
        data: bytes = tf.lite.TFLiteConverter.from_saved_model(folder).convert()
    return data


FORMAT = Format(
    write=write,
    name="model.tflite",
    usage='ai_edge_litert.interpreter.Interpreter("{path}").get_signature_runner()(image=images)',
    gives=NETWORK_GIVES,
    check=check,
)
