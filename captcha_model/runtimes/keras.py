"""Running a network with Keras."""

from collections.abc import Callable
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from captcha_model import networks
from captcha_model._utils.keras_backend import claim_keras, device_name, load_keras
from captcha_model.config import CaptchaConfig

if TYPE_CHECKING:
    import keras


class KerasRuntime:
    """A Keras network, compiled once for any batch size.

    It is pickled as its settings and weights, and a copy is built when it is first needed.

    Args:
        network: images (N, H, W, C) to logits (N, T, C).
        config: the settings that it was built from.

    Raises:
        ForkedProcessError: the parent process has run Keras.
    """

    _network: "keras.Model | None"
    _weights: list[npt.NDArray[Any]]

    def __init__(self, network: "keras.Model", config: CaptchaConfig) -> None:
        claim_keras()
        self._config = config
        self._lock = Lock()
        self._use(network)

    def __getstate__(self) -> tuple[CaptchaConfig, list[npt.NDArray[Any]]]:
        weights, network = self._weights, self._network  # In this order; `_use` has the other.
        if network is None:
            return self._config, weights
        claim_keras()
        with self._lock:
            return self._config, network.get_weights()

    def __setstate__(self, state: tuple[CaptchaConfig, list[npt.NDArray[Any]]]) -> None:
        # A pool of processes hangs if a task cannot be unpickled, so nothing may fail here.
        self._config, self._weights = state
        self._lock = Lock()
        self._network = None

    @property
    def network(self) -> "keras.Model":
        """The network.

        Raises:
            ForkedProcessError: the parent process has run Keras.
        """
        claim_keras()
        # No forked child comes here, so none can find the lock locked for ever.
        with self._lock:
            if self._network is None:
                network = networks.build(self._config)
                network.set_weights(self._weights)
                self._use(network)
            return self._network

    @property
    def device(self) -> str:
        """The device and the library: "CPU (Keras)", or the name of a GPU instead of "CPU"."""
        return f"{device_name()} (Keras)"

    @property
    def threads(self) -> None:
        """None: their number is that of the process's Keras."""

    @property
    def concurrent(self) -> bool:
        """False: every run takes all cores, and on JAX only one may run at a time."""
        return False

    def logits(
        self,
        batch: npt.NDArray[np.float32],
        *,
        busy: bool = False,  # noqa: ARG002 - The number of Keras's threads is fixed.
    ) -> npt.NDArray[np.float32]:
        """Turn images (N, H, W, C) from 0 to 1 into logits (N, T, C) before the softmax.

        Raises:
            ForkedProcessError: the parent process has run Keras.
        """
        _ = self.network
        result: npt.NDArray[np.float32] = self._call(batch)
        return result

    def _use(self, network: "keras.Model") -> None:
        self._call = _compiled(network, self._lock)
        self._network = network
        self._weights = []


def _compiled(network: "keras.Model", lock: Lock) -> Callable[[npt.NDArray[np.float32]], Any]:
    """Return a function that runs the network; where only one may at a time, it waits its turn."""
    if load_keras().backend.backend() != "tensorflow":
        # On JAX a call takes the arrays of the weights along and puts them back, so that a second
        # thread would find them deleted.
        def predict(batch: npt.NDArray[np.float32]) -> Any:
            with lock:
                return network.predict_on_batch(batch)

        return predict
    # Keras would compile again for many batch sizes. A traced function with an open batch
    # dimension is compiled once for all of them.
    import tensorflow as tf

    signature = [tf.TensorSpec((None, *network.input_shape[1:]), tf.float32)]
    traced = tf.function(lambda batch: network(batch, training=False), input_signature=signature)
    return lambda batch: traced(batch).numpy()
