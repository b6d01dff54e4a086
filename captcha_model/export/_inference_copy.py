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
        if any(_normalises_channels(layer) for layer in copy.layers):
            copy = _with_channels_first(copy)
    for layer in copy.layers:
        both = isinstance(layer, keras.layers.Bidirectional)
        for part in (layer.forward_layer, layer.backward_layer) if both else (layer,):
            if hasattr(part, "use_cudnn"):
                part.use_cudnn = False
                part.cell.dropout = 0.0
    return copy


def _normalises_channels(layer: "keras.Layer") -> bool:
    """Return whether a layer is an instance normalisation without weights of (N, H, W, C)."""
    return (
        isinstance(layer, load_keras().layers.GroupNormalization)
        and layer.groups == layer.input.shape[-1]
        and not layer.weights
    )


def _with_channels_first(network: "keras.Model") -> "keras.Model":
    """Return the same network, which normalises the colours of (N, C, H, W).

    Statistics of a channel are then those of adjacent numbers. Runtimes on a CPU compute operations
    between (N, H, W, 3) and (N, 1, 1, 3) slowly, and their converters drop the transpositions where
    a convolution, which they compute channels first, follows.
    """
    models, layers = load_keras().models, load_keras().layers

    def cloned(layer: "keras.Layer") -> "keras.Layer":
        if not _normalises_channels(layer):
            return layer.__class__.from_config(layer.get_config())
        # Only in memory: a Lambda is never saved.
        return layers.Lambda(_normalise, arguments={"epsilon": layer.epsilon})

    clone = models.clone_model(network, clone_function=cloned)
    clone.set_weights(network.get_weights())
    return clone


def _normalise(x: "keras.KerasTensor", epsilon: float) -> "keras.KerasTensor":
    """Give every channel of every image (N, H, W, C) the mean 0 and the variance 1."""
    ops = load_keras().ops
    x = ops.transpose(x, (0, 3, 1, 2))
    x = x - ops.mean(x, (2, 3), keepdims=True)
    variance = ops.mean(ops.square(x), (2, 3), keepdims=True)
    x = x * ops.rsqrt(variance + epsilon)
    return ops.transpose(x, (0, 2, 3, 1))


@contextmanager
def quiet() -> Iterator[None]:
    """Suppress the warnings and the log of a converter; if it fails, the log is printed."""
    with warnings.catch_warnings(), muted_stderr():
        warnings.simplefilter("ignore")
        yield
