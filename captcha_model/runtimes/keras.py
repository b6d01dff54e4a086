"""Running a network with Keras."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from captcha_model._utils.keras_backend import device_name, load_keras

if TYPE_CHECKING:
    import keras


class KerasRuntime:
    """A Keras network, compiled once for any batch size.

    Args:
        network: images (N, H, W, C) to logits (N, T, C).
    """

    def __init__(self, network: "keras.Model") -> None:
        self.network = network
        self._device = f"{device_name()} (Keras)"
        self._call = self._compile()

    @property
    def device(self) -> str:
        """The device and the library: "CPU (Keras)", or the name of a GPU instead of "CPU"."""
        return self._device

    def logits(
        self,
        batch: npt.NDArray[np.float32],
        *,
        busy: bool = False,  # noqa: ARG002 - The number of Keras's threads is fixed.
    ) -> npt.NDArray[np.float32]:
        """Turn images (N, H, W, C) from 0 to 1 into logits (N, T, C) before the softmax."""
        result: npt.NDArray[np.float32] = self._call(batch)
        return result

    def _compile(self) -> Callable[[npt.NDArray[np.float32]], Any]:
        network = self.network
        if load_keras().backend.backend() != "tensorflow":
            return network.predict_on_batch
        # Keras would compile again for many batch sizes. A traced function with an open batch
        # dimension is compiled once for all of them.
        import tensorflow as tf

        signature = [tf.TensorSpec((None, *network.input_shape[1:]), tf.float32)]
        traced = tf.function(
            lambda batch: network(batch, training=False), input_signature=signature
        )
        return lambda batch: traced(batch).numpy()
