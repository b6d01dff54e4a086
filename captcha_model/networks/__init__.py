"""The architectures of networks: one file each, found by its name.

`keras_ctc.py` is the architecture `keras-ctc`; `_blocks.py` holds the blocks that several share. A
file has the facts of its architecture, `ARCHITECTURE`, and `build(config, options)`, which returns
a network from images (N, H, W, C), 0 to 1, to logits (N, T, classes). Keras is imported inside
functions, because ONNX Runtime needs the facts but not Keras.
"""

import importlib
import math
import pkgutil
from types import ModuleType
from typing import TYPE_CHECKING

from captcha_model._utils.keras_backend import claim_keras, load_keras
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
    """Return the facts of an architecture.

    Raises:
        ConfigError: there is no architecture of that name.
    """
    architecture: Architecture = _module(name).ARCHITECTURE
    return architecture


def describe(config: CaptchaConfig) -> Architecture:
    """Return the facts of a config's architecture, after checking its options.

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
    """Build an untrained network: images (N, H, W, C) from 0 to 1 to logits (N, T, classes).

    Raises:
        ConfigError: the architecture or its options are not valid.
        DependencyError: Keras is not installed.
        ForkedProcessError: the parent process has run Keras.
    """
    options = resolve_options(config)
    claim_keras()
    load_keras()
    network: keras.Model = _module(config.architecture).build(config, options)
    return network


def count_parameters(config: CaptchaConfig) -> int:
    """Return the number of weights of a network, without allocating memory for them.

    Raises:
        ConfigError: the architecture or its options are not valid.
        DependencyError: Keras is not installed.
    """
    # Here, because reading with ONNX Runtime needs no count and should not wait for the import.
    from concurrent.futures import ThreadPoolExecutor

    keras = load_keras()

    def count() -> int:
        # In such a scope a variable has a shape and no value yet.
        with keras.StatelessScope(initialize_variables=False):
            weights = build(config).weights
        return sum(math.prod(weight.shape) for weight in weights)

    # Keras keeps the variables without values for each thread, and would initialise them later.
    with ThreadPoolExecutor(1, "counting") as thread:
        return thread.submit(count).result()


def _module(name: str) -> ModuleType:
    # The name comes from an untrusted file: only modules of this folder are ever imported.
    known = architectures()
    if name not in known:
        raise ConfigError(f"Unknown architecture {name!r}. Known: {known}")
    return importlib.import_module(f"{__name__}.{name.replace('-', '_')}")
