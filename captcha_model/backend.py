"""Importing Keras: late, quietly, with a clear error where it is missing."""

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
        DependencyError: Keras or its backend is not installed.
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
    keras = load_keras()
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        gpus = tf.config.list_physical_devices("GPU")
        if not gpus:
            return "CPU"
        return str(tf.config.experimental.get_device_details(gpus[0]).get("device_name", "GPU"))
    devices = [d for d in keras.distribution.list_devices() if not d.lower().startswith("cpu")]
    return devices[0] if devices else "CPU"


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
