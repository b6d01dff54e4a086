"""The networks that a model can be built of, by name.

What this module says about an architecture needs no Keras; `build` imports the file that does.
"""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from captcha_model.backend import load_keras
from captcha_model.config import MAX_STEPS, CaptchaConfig
from captcha_model.errors import ConfigError

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class Architecture:
    """What is known of an architecture before it is built.

    Attributes:
        module: the module with its `build(config) -> keras.Model`, which gives logits (N, T, C).
        steps: the number of time steps T that a config gives.
        left_to_right: whether the steps follow the image from left to right.
        options: each option's name with its smallest, largest and default value.
    """

    module: str
    steps: Callable[[CaptchaConfig], int]
    left_to_right: bool
    options: dict[str, tuple[float, float, float]]


ARCHITECTURES = {
    "crnn": Architecture(
        module="captcha_model.networks.crnn",
        steps=lambda config: -(-config.width // 2) // 2,
        left_to_right=True,
        options={
            "filters": (4, 256, 24),
            "dense": (4, 1024, 96),
            "lstm": (4, 1024, 64),
            "dropout": (0.0, 0.9, 0.2),
        },
    ),
}


def describe(config: CaptchaConfig) -> Architecture:
    """Return what is known of a config's architecture, and check its options.

    Raises:
        ConfigError: an unknown architecture, an unknown option or a value out of its bounds.
    """
    architecture = ARCHITECTURES.get(config.architecture)
    if architecture is None:
        raise ConfigError(
            f"Unknown architecture {config.architecture!r}. Known: {sorted(ARCHITECTURES)}"
        )
    for name, value in config.options.items():
        if name not in architecture.options:
            raise ConfigError(
                f"{config.architecture} has no option {name!r}. "
                f"Known: {sorted(architecture.options)}"
            )
        low, high, default = architecture.options[name]
        if not low <= value <= high or (type(default) is int and type(value) is not int):
            raise ConfigError(f"{name} goes from {low} to {high}. Received: {value!r}")
    if not 1 <= architecture.steps(config) <= MAX_STEPS:
        raise ConfigError(f"A width of {config.width} pixels gives no usable number of time steps")
    return architecture


def time_steps(config: CaptchaConfig) -> int:
    """Return the number of time steps T of a config's network."""
    return describe(config).steps(config)


def resolve_options(config: CaptchaConfig) -> dict[str, int | float]:
    """Return every option of a config's architecture, with the defaults filled in."""
    defaults = {name: default for name, (_, _, default) in describe(config).options.items()}
    return {**defaults, **config.options}


def build(config: CaptchaConfig) -> "keras.Model":
    """Build a network with fresh weights: images (N, H, W, C) from 0 to 1 to logits (N, T, C).

    Raises:
        ConfigError: the architecture or its options are not valid.
        DependencyError: Keras is not installed.
    """
    architecture = describe(config)
    load_keras()
    network: keras.Model = importlib.import_module(architecture.module).build(config)
    return network
