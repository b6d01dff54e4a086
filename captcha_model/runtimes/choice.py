"""Choosing the runtime of a model."""

import importlib.util
import os
import warnings
from typing import Literal, TypeAlias, get_args

from captcha_model._utils.keras_backend import device_name, gpu_driver
from captcha_model._utils.processor import multiplies_8_bit
from captcha_model.errors import CaptchaError, ConfigError, RuntimeFallbackWarning
from captcha_model.runtimes.onnx_session import SessionSettings

RuntimeChoice: TypeAlias = Literal["auto", "onnx", "keras"]
RuntimeName: TypeAlias = Literal["onnx", "keras"]
BITS = "CAPTCHA_ONNX_BITS"
"""The environment variable that says which graph ONNX Runtime runs where a model has two."""


def candidates(
    choice: RuntimeChoice,
    session: SessionSettings = SessionSettings(),  # noqa: B008 It is immutable.
) -> tuple[RuntimeName, ...]:
    """Return the runtimes to try, the best first.

    "auto" is Keras if it can use a GPU, else ONNX Runtime, else Keras on the CPU. The driver of a
    GPU is looked for first, so that no framework is imported needlessly.

    Args:
        choice: what the caller wants.
        session: the settings of ONNX Runtime; if there are any, only it can follow them.

    Raises:
        ValueError: there is no such choice.
        ConfigError: it is Keras, and there are settings of ONNX Runtime.
    """
    if choice not in get_args(RuntimeChoice):
        raise ValueError(f"runtime must be one of {get_args(RuntimeChoice)}. Received: {choice!r}")
    if not session.is_default:
        if choice == "keras":
            raise ConfigError(
                "threads, providers and session_options are settings of ONNX Runtime. Leave them "
                'out, or use runtime="onnx". The threads of TensorFlow are set by the environment '
                "variable TF_NUM_INTRAOP_THREADS."
            )
        return ("onnx",)
    if choice != "auto":
        return (choice,)
    return ("keras", "onnx") if gpu_driver() and _keras_has_gpu() else ("onnx", "keras")


def prefers_8_bit() -> bool:
    """Return whether ONNX Runtime runs the graph in 8 bits of a model that has one.

    That is where the processor is fast with it, unless the environment variable `BITS` says 8 or
    32.

    Raises:
        ConfigError: the variable has another value.
    """
    match os.environ.get(BITS, ""):
        case "":
            return multiplies_8_bit()
        case "8" | "32" as bits:
            return bits == "8"
        case other:
            raise ConfigError(
                f"The environment variable {BITS} must be 8 or 32, or unset. Received: {other!r}"
            )


def _keras_has_gpu() -> bool:
    """Return whether Keras can use a GPU, and warn if there is one that it cannot use."""
    # Without Keras, nothing is wrong.
    if importlib.util.find_spec("keras") is None:
        return False
    try:
        if device_name() != "CPU":
            return True
        reason = "Keras finds none. The documentation says what a GPU needs."
    except CaptchaError as error:
        reason = str(error)
    warnings.warn(
        f"There is a GPU driver, but the GPU cannot be used. {reason}",
        RuntimeFallbackWarning,
        stacklevel=2,
    )
    return False
