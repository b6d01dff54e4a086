"""Training on several devices, each of which computes an equal part of every batch.

TensorFlow's `MirroredStrategy` and Keras's `DataParallel` for JAX do the work: every device has all
weights, and the gradients of its images are averaged with those of the others before the weights
change. So the batch size and the learning rate mean the same for any number of devices.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import keras

from captcha_model.errors import TrainingError
from captcha_model.training.run_config.settings import ALL_DEVICES, Devices

Scope = Callable[[], AbstractContextManager[Any]]


@dataclass(frozen=True)
class TrainingDevices:
    """The devices of a training.

    Attributes:
        names: of the devices, as the backend of Keras calls them.
        scope: makes the context in which the network is built and trained; each thread that does
            either enters one of its own.
    """

    names: tuple[str, ...]
    scope: Scope

    def __len__(self) -> int:
        """Return the number of devices."""
        return len(self.names)


ONE_DEVICE = TrainingDevices(("",), nullcontext)
"""Whatever device the backend chooses."""


def find_devices(wanted: Devices) -> TrainingDevices:
    """Return the devices to train on: the first GPUs, or without a GPU the first CPU devices.

    Args:
        wanted: how many; "all" takes all GPUs, or all CPU devices if there is no GPU. A processor
            is one CPU device, whatever its number of cores.

    Raises:
        TrainingError: there are fewer, or the backend of Keras trains on one device only.
    """
    if wanted == 1:
        return ONE_DEVICE
    backend = keras.backend.backend()
    found = {"tensorflow": _of_tensorflow, "jax": _of_jax}.get(backend, list)()
    if wanted != ALL_DEVICES and not found:
        raise TrainingError(
            f"With the backend {backend!r} of Keras a training has one device. Received: devices "
            f"{wanted}. Set KERAS_BACKEND to tensorflow or jax, or give 1.",
            code="DEVICES",
        )
    count = len(found) if wanted == ALL_DEVICES else int(wanted)
    if count > len(found):
        raise TrainingError(
            f"There are fewer devices than {count}: {', '.join(map(str, found))}. "
            'Give their number or "all".',
            code="DEVICES",
        )
    if count <= 1:
        return ONE_DEVICE
    return (_mirrored if backend == "tensorflow" else _data_parallel)(found[:count])


def _of_tensorflow() -> list[Any]:
    import tensorflow as tf

    devices = tf.config.list_logical_devices
    return [device.name for device in devices("GPU") or devices("CPU")]


def _of_jax() -> list[Any]:
    import jax

    return list(jax.local_devices())


def _mirrored(found: list[Any]) -> TrainingDevices:
    import tensorflow as tf

    return TrainingDevices(tuple(found), tf.distribute.MirroredStrategy(found).scope)


def _data_parallel(found: list[Any]) -> TrainingDevices:
    parallel = keras.distribution.DataParallel(devices=found, auto_shard_dataset=False)

    @contextmanager
    def scope() -> Iterator[None]:
        before = keras.distribution.distribution()
        keras.distribution.set_distribution(parallel)
        try:
            yield
        finally:
            keras.distribution.set_distribution(before)

    return TrainingDevices(tuple(map(str, found)), scope)
