"""Importing Keras late and quietly, with a clear error if it is not installed."""

import ctypes
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

from captcha_model._utils.forks import fork_count
from captcha_model.errors import DependencyError, ForkedProcessError

_first_use: int | None = None  # The `fork_count` of the process that used Keras first.


def load_keras() -> ModuleType:
    """Import Keras with its configured backend (TensorFlow unless `KERAS_BACKEND` is set).

    On a GPU, TensorFlow is configured to allocate memory as needed instead of all at once.

    Raises:
        DependencyError: Keras or its backend is not installed, or there is no such backend.
    """
    if "keras" in sys.modules:
        return sys.modules["keras"]
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    try:
        with muted_stderr():
            import keras

            if keras.backend.backend() == "tensorflow":
                _share_gpus()
    except ImportError as error:
        raise DependencyError.missing(error.name or "keras", "tensorflow", "This step") from error
    except ValueError as error:
        raise DependencyError(f"Keras cannot be imported. {error}") from error
    return keras


def claim_keras() -> None:
    """State that this process is about to run networks with Keras.

    A child that is forked afterwards would wait for ever for threads of TensorFlow that only its
    parent has; JAX and PyTorch have the same limit.

    Raises:
        ForkedProcessError: this process was forked from one that had run Keras.
    """
    global _first_use
    if _first_use is None:
        _first_use = fork_count()
    if _first_use != fork_count():
        raise ForkedProcessError(
            "Keras was used before this process was forked, and cannot run in it. Here, load the "
            'model with CaptchaModel.from_pretrained(..., runtime="onnx"). Or start the workers '
            'with multiprocessing.get_context("spawn"), or load Keras models in the workers only.'
        )


def _share_gpus() -> None:
    import tensorflow as tf

    for gpu in tf.config.list_physical_devices("GPU"):
        try:
            tf.config.experimental.set_memory_growth(gpu, True)
        except RuntimeError:
            # TensorFlow is already running in this process, with its own configuration.
            return


def device_name() -> str:
    """Return the name of the device that networks run on: that of the first GPU, or "CPU"."""
    match load_keras().backend.backend():
        case "tensorflow":
            import tensorflow as tf

            gpus = tf.config.list_physical_devices("GPU")
            if not gpus:
                return "CPU"
            details = tf.config.experimental.get_device_details(gpus[0])
            return str(details.get("device_name", "GPU"))
        case "jax":
            import jax

            device = jax.devices()[0]
            return "CPU" if device.platform == "cpu" else str(device.device_kind)
        case "torch":
            import torch

            return str(torch.cuda.get_device_name()) if torch.cuda.is_available() else "CPU"
    return "CPU"


def gpu_driver() -> bool:
    """Return whether there is an NVIDIA driver whose GPUs this process may use.

    Only the library of the driver is loaded, because importing a framework takes seconds.
    """
    if os.environ.get("CUDA_VISIBLE_DEVICES", "0") in ("", "-1"):
        return False
    try:
        ctypes.CDLL("nvcuda.dll" if os.name == "nt" else "libcuda.so.1")
    except OSError:
        return False
    return True


def usable_cores() -> int:
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def muted_stderr() -> Iterator[None]:
    """Suppress what C++ code writes to stderr, and print it if the block fails.

    TensorFlow's libraries log a few lines before they read any setting that would silence them.
    """
    sys.stderr.flush()
    try:
        kept = os.dup(2)
    except OSError:  # There is no stderr, for example under pythonw.
        yield
        return
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        except BaseException:
            held.seek(0)
            os.write(kept, held.read())
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)
