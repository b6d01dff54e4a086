"""Building a network for training: its precision, its optimiser and its loss."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import keras

from captcha_model import networks
from captcha_model._utils.keras_backend import device_name
from captcha_model.config import CaptchaConfig
from captcha_model.training.losses import training_loss
from captcha_model.training.run_config.settings import TrainingSettings
from captcha_model.training.schedule import OneCycle, SquareRoot

BFLOAT16_SINCE = (8, 0)  # NVIDIA's compute capability from which bfloat16 is as quick as float16.

_OPTIMIZERS: dict[str, Callable[..., keras.optimizers.Optimizer]] = {
    # Keras's Adam decouples its weight decay, so with any it is AdamW.
    "adamw": keras.optimizers.Adam,
    "adam": keras.optimizers.Adam,
    "nadam": keras.optimizers.Nadam,
    "rmsprop": keras.optimizers.RMSprop,
    "sgd": lambda **options: keras.optimizers.SGD(momentum=0.9, nesterov=True, **options),
}

_SCHEDULES: dict[str, Callable[[float, int], Any]] = {
    "one-cycle": OneCycle,
    "square-root": SquareRoot,
    "constant": lambda learning_rate, steps: learning_rate,  # noqa: ARG005
}


def compiled_network(config: CaptchaConfig, settings: TrainingSettings, steps: int) -> keras.Model:
    """Build a network with fresh weights and compile it.

    What else the process has built before makes no difference: Keras numbers the names of layers
    in each thread, and TensorFlow adds up gradients in an order that depends on the names (dense_10
    comes before dense_9), so a thread of its own makes equal networks train to equal weights.

    Args:
        config: what to build.
        settings: how to train.
        steps: the number of optimiser steps of the whole training.
    """
    with ThreadPoolExecutor(1) as fresh:
        return fresh.submit(_build, config, settings, steps).result()


def _build(config: CaptchaConfig, settings: TrainingSettings, steps: int) -> keras.Model:
    with dtype_policy(precision() if settings.mixed_precision else "float32"):
        network = networks.build(config)
        # The loss is compiled in, never a layer of the network: what is saved can only read.
        loss = training_loss(networks.describe(config).output, settings.ace_weight)
        network.compile(optimizer=_optimizer(settings, steps), loss=loss)
        # Without its variables TensorFlow would trace the first step twice.
        network.optimizer.build(network.trainable_variables)
    return network


def precision() -> str:
    """Return the dtype policy for mixed precision here; on a CPU that is plain float32."""
    if device_name() == "CPU":
        return "float32"
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        details = tf.config.experimental.get_device_details(
            tf.config.list_physical_devices("GPU")[0]
        )
        if details.get("compute_capability", BFLOAT16_SINCE) < BFLOAT16_SINCE:
            return "mixed_float16"
    return "mixed_bfloat16"


@contextmanager
def dtype_policy(name: str) -> Iterator[None]:
    """Build layers under a dtype policy, and leave Keras's own as it was."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(name)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def _optimizer(settings: TrainingSettings, steps: int) -> keras.optimizers.Optimizer:
    return _OPTIMIZERS[settings.optimizer](
        learning_rate=_SCHEDULES[settings.schedule](settings.learning_rate, steps),
        weight_decay=settings.weight_decay or None,
        clipnorm=settings.clip_norm,
    )
