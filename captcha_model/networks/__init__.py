"""The networks that a model can be built of: one file an architecture, found by its name.

`keras_ctc.py` is the architecture `keras-ctc`; `_blocks.py` is what several share. A file holds its
facts, `ARCHITECTURE`, and `build(config, options)`, which returns a network from images
(N, H, W, C), 0 to 1, to logits (N, T, C). Keras is imported inside its functions, because reading
through another runtime needs the facts without Keras.
"""

import importlib
import math
import pkgutil
from types import ModuleType
from typing import TYPE_CHECKING

from captcha_model._utils.keras_backend import load_keras
from captcha_model.config import CaptchaConfig
from captcha_model.errors import ConfigError
from captcha_model.networks.base import Architecture

if TYPE_CHECKING:
    import keras


def architectures() -> list[str]:
    """Return the names of all architectures, sorted."""
    files = [module.name for module in pkgutil.iter_modules(__path__)]
    return sorted(
        name.replace("_", "-") for name in files if not name.startswith("_") and name != "base"
    )


def find(name: str) -> Architecture:
    """Return what is known of an architecture.

    Raises:
        ConfigError: there is none of that name.
    """
    architecture: Architecture = _module(name).ARCHITECTURE
    return architecture


def describe(config: CaptchaConfig) -> Architecture:
    """Return what is known of a config's architecture, and check its options.

    Raises:
        ConfigError: an unknown architecture, an unknown option or a value out of its bounds.
    """
    architecture = find(config.architecture)
    architecture.resolve(config)
    return architecture


def resolve_options(config: CaptchaConfig) -> dict[str, int | float]:
    """Return every option of a config's architecture, with the defaults filled in."""
    return find(config.architecture).resolve(config)


def time_steps(config: CaptchaConfig) -> int:
    """Return the number of steps T of a config's logits."""
    return find(config.architecture).steps(config, resolve_options(config))


def build(config: CaptchaConfig) -> "keras.Model":
    """Build a network with fresh weights: images (N, H, W, C) from 0 to 1 to logits (N, T, C).

    Raises:
        ConfigError: the architecture or its options are not valid.
        DependencyError: Keras is not installed.
    """
    options = resolve_options(config)
    load_keras()
    network: keras.Model = _module(config.architecture).build(config, options)
    return network


def count_parameters(config: CaptchaConfig) -> int:
    """Return how many numbers a network holds, without making room for them.

    Raises:
        ConfigError: the architecture or its options are not valid.
        DependencyError: Keras is not installed.
    """
    # Here, because reading through another runtime counts nothing and shall not wait for it.
    from concurrent.futures import ThreadPoolExecutor

    keras = load_keras()

    def count() -> int:
        # In such a scope a variable knows its shape and has no value yet.
        with keras.StatelessScope(initialize_variables=False):
            weights = build(config).weights
        return sum(math.prod(weight.shape) for weight in weights)

    # Keras notes for the thread which variables still need values, and would give them later.
    with ThreadPoolExecutor(1, "counting") as thread:
        return thread.submit(count).result()


def _module(name: str) -> ModuleType:
    # The name comes from a file: nothing but what lies in this folder is ever imported by it.
    known = architectures()
    if name not in known:
        raise ConfigError(f"Unknown architecture {name!r}. Known: {known}")
    return importlib.import_module(f"{__name__}.{name.replace('-', '_')}")
