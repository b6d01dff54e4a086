"""Ctrl-C during a training: it ends after a step, never in the middle of one."""

import signal
import threading
from types import FrameType, TracebackType
from typing import Any

import keras


class Interrupts(keras.callbacks.Callback):
    """Notes Ctrl-C when it comes, and raises `KeyboardInterrupt` when the step is over.

    Python would raise it wherever the program happens to be. In a destructor or in a callback from
    C it is printed and forgotten, and the training goes on. A second Ctrl-C is raised at once.

    It is a context manager too: outside its block Ctrl-C does what it did before. Where somebody
    else handles or ignores Ctrl-C, and outside the main thread, nothing is changed.
    """

    def __init__(self) -> None:
        super().__init__()
        self._noted = False
        self._installed = False

    def __enter__(self) -> "Interrupts":
        in_main = threading.current_thread() is threading.main_thread()
        if in_main and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, self._note)
            self._installed = True
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._installed:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            self._installed = False

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        """Raise what was noted."""
        if self._noted:
            raise KeyboardInterrupt

    def _note(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002
        if self._noted:
            raise KeyboardInterrupt
        self._noted = True
