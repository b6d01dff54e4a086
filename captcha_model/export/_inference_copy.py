"""What it takes to bring a Keras network into the formats of other programs."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from captcha_model import networks
from captcha_model._utils.keras_backend import load_keras, muted_stderr
from captcha_model.config import CaptchaConfig
from captcha_model.errors import ExportError

if TYPE_CHECKING:
    import keras

CPU = "cpu:0"


def portable_copy(config: CaptchaConfig, network: "keras.Model") -> "keras.Model":
    """Build a network anew, on the CPU and of operations that exist everywhere.

    On a GPU TensorFlow turns Keras's recurrent layers into cuDNN's, which no other runtime has. And
    a recurrent layer with dropout draws its mask even where it is not used, so that the random
    state, which every reading would change, becomes a part of the exported graph.

    Args:
        config: the settings that `network` was built from.
        network: whose weights the copy gets.

    Raises:
        ExportError: Keras does not run on TensorFlow.
    """
    keras = load_keras()
    backend = keras.backend.backend()
    if backend != "tensorflow":
        raise ExportError(
            f"This format is written through TensorFlow, and Keras runs on {backend} here. "
            "Set KERAS_BACKEND=tensorflow.",
            code="EXPORT_BACKEND",
        )
    with keras.device(CPU):
        copy = networks.build(config)
        copy.set_weights(network.get_weights())
    for layer in copy.layers:
        both = isinstance(layer, keras.layers.Bidirectional)
        for part in (layer.forward_layer, layer.backward_layer) if both else (layer,):
            if hasattr(part, "use_cudnn"):
                part.use_cudnn = False
                part.cell.dropout = 0.0
    return copy


@contextmanager
def quiet() -> Iterator[None]:
    """Hold back the warnings and log lines of converters; where one fails, they come out."""
    with warnings.catch_warnings(), muted_stderr():
        warnings.simplefilter("ignore")
        yield
