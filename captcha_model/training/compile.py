"""Building and compiling a network for training: precision, optimiser and loss."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import keras

from captcha_model import networks
from captcha_model._utils.keras_backend import device_name
from captcha_model._utils.processor import multiplies_bfloat16
from captcha_model.config import CaptchaConfig
from captcha_model.training.devices import ONE_DEVICE, TrainingDevices
from captcha_model.training.label_case import head_of
from captcha_model.training.losses import training_loss
from captcha_model.training.muon import muon
from captcha_model.training.run_config.settings import NO_MODEL, TrainingSettings
from captcha_model.training.schedule import OneCycle, SquareRoot, linear

BFLOAT16_SINCE = (8, 0)  # CUDA compute capability from which bfloat16 is as fast as float16.

_OPTIMIZERS: dict[str, Callable[..., keras.optimizers.Optimizer]] = {
    # Keras's Adam decouples the weight decay, so with weight decay it is AdamW.
    "adamw": keras.optimizers.Adam,
    "adam": keras.optimizers.Adam,
    "muon": muon,
    "nadam": keras.optimizers.Nadam,
    "rmsprop": keras.optimizers.RMSprop,
    "sgd": lambda **options: keras.optimizers.SGD(momentum=0.9, nesterov=True, **options),
}

_SCHEDULES: dict[str, Callable[[float, int], Any]] = {
    "one-cycle": OneCycle,
    "square-root": SquareRoot,
    "linear": linear,
    "constant": lambda learning_rate, steps: learning_rate,  # noqa: ARG005
}


def compiled_network(
    config: CaptchaConfig,
    settings: TrainingSettings,
    steps: int,
    devices: TrainingDevices = ONE_DEVICE,
) -> keras.Model:
    """Build a network with random weights and compile it.

    It is built in a new thread, so that equal settings train to equal weights whatever the process
    has built before: Keras numbers layer names per thread, and TensorFlow sums gradients in the
    order of the names (dense_10 comes before dense_9).

    Args:
        config: the model to build.
        settings: how to train.
        steps: the number of optimiser steps of the whole training.
        devices: that it is trained on.
    """
    with ThreadPoolExecutor(1) as fresh:
        return fresh.submit(_build, config, settings, steps, devices).result()


def _build(
    config: CaptchaConfig, settings: TrainingSettings, steps: int, devices: TrainingDevices
) -> keras.Model:
    policy = precision() if settings.mixed_precision else "float32"
    with devices.scope(), dtype_policy(policy):
        network = networks.build(config)
        # The loss is passed to `compile` and is no layer, so the saved network is inference-only.
        # Weights that can read are past what the extra term prevents, and it would spoil them.
        # Where most characters are new it might help again; that was not measured.
        ace_weight = settings.ace_weight if settings.init == NO_MODEL else 0.0
        loss = training_loss(head_of(config), ace_weight)
        network.compile(optimizer=_optimizer(settings, steps), loss=loss)
        # Without the optimiser's variables TensorFlow would trace the first step twice.
        network.optimizer.build(network.trainable_variables)
    return network


def precision() -> str:
    """Return the dtype policy for mixed precision on this device.

    On a CPU that does not multiply bfloat16 faster it is float32.
    """
    if device_name() == "CPU":
        return "mixed_bfloat16" if multiplies_bfloat16() else "float32"
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
    """Set Keras's dtype policy for the block, and restore the previous one after it."""
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
