"""Which runtime reads a model."""

import importlib.util
import warnings
from typing import Literal, TypeAlias, get_args

from captcha_model._utils.keras_backend import device_name, gpu_driver
from captcha_model.errors import CaptchaError, RuntimeFallbackWarning

RuntimeChoice: TypeAlias = Literal["auto", "onnx", "keras"]
RuntimeName: TypeAlias = Literal["onnx", "keras"]


def candidates(choice: RuntimeChoice) -> tuple[RuntimeName, ...]:
    """Return the runtimes to try, the best first.

    "auto" is Keras on a GPU; without one it is ONNX Runtime, and Keras on the CPU where that is
    missing. A GPU is looked for by its driver first, so that no framework is imported in vain.

    Raises:
        ValueError: `choice` is none of the three.
    """
    if choice not in get_args(RuntimeChoice):
        raise ValueError(f"runtime is one of {get_args(RuntimeChoice)}. Received: {choice!r}")
    if choice != "auto":
        return (choice,)
    return ("keras", "onnx") if gpu_driver() and _keras_has_gpu() else ("onnx", "keras")


def _keras_has_gpu() -> bool:
    """Whether Keras runs on a GPU; a warning says so if it should and does not."""
    # Where Keras is not installed nobody expects it to.
    if importlib.util.find_spec("keras") is None:
        return False
    try:
        if device_name() != "CPU":
            return True
        reason = "Keras sees none: the README's section GPU tells what it needs."
    except CaptchaError as error:
        reason = str(error)
    warnings.warn(
        f"There is a GPU driver, but the GPU cannot be used. {reason}",
        RuntimeFallbackWarning,
        stacklevel=2,
    )
    return False
