"""Importing Keras: late, quietly, with a clear error where it is missing."""

import ctypes
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

from captcha_model.errors import DependencyError


def load_keras() -> ModuleType:
    """Import Keras on its chosen backend (TensorFlow unless `KERAS_BACKEND` says otherwise).

    On a GPU, TensorFlow is told to take memory as it needs it instead of all at once.

    Raises:
        DependencyError: Keras or its backend is not installed, or it knows no such backend.
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


def _share_gpus() -> None:
    import tensorflow as tf

    for gpu in tf.config.list_physical_devices("GPU"):
        try:
            tf.config.experimental.set_memory_growth(gpu, True)
        except RuntimeError:
            # TensorFlow already runs in this process, and its owner has chosen.
            return


def device_name() -> str:
    """Name what networks run on: the first GPU's own name, or "CPU"."""
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
    """Whether there is an NVIDIA driver whose GPUs this process may use.

    This asks the driver's library alone: importing a framework to find no GPU takes seconds.
    """
    if os.environ.get("CUDA_VISIBLE_DEVICES", "0") in ("", "-1"):
        return False
    try:
        ctypes.CDLL("nvcuda.dll" if os.name == "nt" else "libcuda.so.1")
    except OSError:
        return False
    return True


def usable_cores() -> int:
    """Return how many cores this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def muted_stderr() -> Iterator[None]:
    """Hold back what C++ writes to stderr, and let it out if the block fails.

    TensorFlow's libraries log a few lines before they read any setting that would silence them.
    """
    sys.stderr.flush()
    try:
        kept = os.dup(2)
    except OSError:  # No stderr at all, as under pythonw.
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
