"""TensorBoard logs; the package is optional."""

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

from captcha_model._utils.keras_backend import load_keras
from captcha_model.errors import DependencyError

if TYPE_CHECKING:
    import keras


def check_tensorboard() -> None:
    """Check that TensorBoard logs can be written.

    Raises:
        DependencyError: the package tensorboard is not installed; TensorFlow does not include it.
    """
    if importlib.util.find_spec("tensorboard") is None:
        raise DependencyError.missing("tensorboard", "tensorboard", "Writing TensorBoard logs")


def tensorboard(folder: Path) -> "keras.callbacks.Callback":
    """Return a callback that writes the metrics of every epoch; see `tensorboard --logdir FOLDER`.

    Raises:
        DependencyError: see `check_tensorboard`.
    """
    check_tensorboard()
    # Without the graph: tracing it from the whole training step takes seconds.
    return load_keras().callbacks.TensorBoard(log_dir=str(folder), write_graph=False)
