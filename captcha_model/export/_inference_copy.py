"""Preparing a Keras network for the formats of other programs."""

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


def inference_copy(config: CaptchaConfig, network: "keras.Model") -> "keras.Model":
    """Return a copy of a network on the CPU, with operations that every runtime has.

    On a GPU TensorFlow turns Keras's recurrent layers into those of cuDNN, which no other runtime
    has. And a recurrent layer with dropout draws its mask even if it is not used, so the random
    state, which every run would change, would become a part of the exported graph.

    Args:
        config: the settings that `network` was built from.
        network: the network to copy.

    Raises:
        ExportError: Keras does not run on TensorFlow.
    """
    keras = load_keras()
    backend = keras.backend.backend()
    if backend != "tensorflow":
        raise ExportError(
            f"This format is written with TensorFlow, but Keras runs on {backend}. "
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
    """Suppress the warnings and the log of a converter; if it fails, the log is printed."""
    with warnings.catch_warnings(), muted_stderr():
        warnings.simplefilter("ignore")
        yield
