"""Choosing the runtime of a model."""

import importlib.util
import warnings
from typing import Literal, TypeAlias, get_args

from captcha_model._utils.keras_backend import device_name, gpu_driver
from captcha_model.errors import CaptchaError, RuntimeFallbackWarning

RuntimeChoice: TypeAlias = Literal["auto", "onnx", "keras"]
RuntimeName: TypeAlias = Literal["onnx", "keras"]


def candidates(choice: RuntimeChoice) -> tuple[RuntimeName, ...]:
    """Return the runtimes to try, the best first.

    "auto" is Keras if it can use a GPU, else ONNX Runtime, else Keras on the CPU. The driver of a
    GPU is looked for first, so that no framework is imported needlessly.

    Raises:
        ValueError: there is no such choice.
    """
    if choice not in get_args(RuntimeChoice):
        raise ValueError(f"runtime must be one of {get_args(RuntimeChoice)}. Received: {choice!r}")
    if choice != "auto":
        return (choice,)
    return ("keras", "onnx") if gpu_driver() and _keras_has_gpu() else ("onnx", "keras")


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
