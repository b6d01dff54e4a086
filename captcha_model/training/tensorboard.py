"""TensorBoard's logs, for those who have it."""

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

from captcha_model._utils.keras_backend import load_keras
from captcha_model.errors import DependencyError

if TYPE_CHECKING:
    import keras


def check_tensorboard() -> None:
    """Check that the logs can be written.

    Raises:
        DependencyError: the package tensorboard is not installed; TensorFlow no longer brings it.
    """
    if importlib.util.find_spec("tensorboard") is None:
        raise DependencyError.missing("tensorboard", "tensorboard", "Writing TensorBoard's logs")


def tensorboard(folder: Path) -> "keras.callbacks.Callback":
    """Return a callback that writes every epoch's figures; see `tensorboard --logdir FOLDER`.

    Raises:
        DependencyError: see `check_tensorboard`.
    """
    check_tensorboard()
    # The graph is left out: it is drawn from the whole training step, and takes seconds.
    return load_keras().callbacks.TensorBoard(log_dir=str(folder), write_graph=False)
