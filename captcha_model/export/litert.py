"""One `.tflite` file for LiteRT, the small runtime of phones and boards, once TensorFlow Lite.

It holds LiteRT's own operations alone, so that the plain interpreter runs it. Those have no loop
that TensorFlow's recurrent layers could become, so only networks without such layers fit.
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
from captcha_model.export._inference_copy import CPU, portable_copy, quiet

if TYPE_CHECKING:
    import keras

    from captcha_model.model import CaptchaModel


def check(config: CaptchaConfig) -> None:
    """Refuse recurrent layers.

    Raises:
        ExportError: the architecture has some.
    """
    if networks.describe(config).recurrent:
        fitting = [n for n in networks.architectures() if not networks.find(n).recurrent]
        raise ExportError(
            f"LiteRT's own operations cannot run the recurrent layers of {config.architecture}. "
            f"It can run: {', '.join(fitting)}."
        )


def write(model: "CaptchaModel", path: Path) -> None:
    """Convert the network with TensorFlow's converter and write it."""
    network = portable_copy(model.config, model.network)
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
    # The way over a folder is the one that works: from a function the converter takes the weights
    # of a Keras 3 network for nothing, and gives a file that answers NaN.
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
