"""Ctrl-C and SIGTERM during a training: it stops after the current step."""

import signal
import threading
from types import FrameType, TracebackType
from typing import Any

import keras

# Python's default handlers. A machine that shuts down sends SIGTERM, and so does a cluster at a
# time limit.
_DEFAULT: dict[signal.Signals, Any] = {
    signal.SIGINT: signal.default_int_handler,
    signal.SIGTERM: signal.SIG_DFL,
}


class Interrupts(keras.callbacks.Callback):
    """Records Ctrl-C and SIGTERM, and raises `KeyboardInterrupt` after the current step.

    Python would raise it at any point of the program. In a destructor or in a callback from C it
    is printed and ignored, and the training continues. A second signal is raised at once.

    It is also a context manager that installs its handlers for the block. It leaves a signal alone
    that has another handler or is ignored, and does nothing outside the main thread.

    Attributes:
        received: the first signal; None if there was none.
    """

    def __init__(self) -> None:
        super().__init__()
        self.received: signal.Signals | None = None
        self._installed: list[signal.Signals] = []

    def __enter__(self) -> "Interrupts":
        if threading.current_thread() is threading.main_thread():
            for number, default in _DEFAULT.items():
                if signal.getsignal(number) is default:
                    signal.signal(number, self._record)
                    self._installed.append(number)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        while self._installed:
            number = self._installed.pop()
            signal.signal(number, _DEFAULT[number])

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        """Raise `KeyboardInterrupt` if a signal was received."""
        if self.received:
            raise KeyboardInterrupt

    def _record(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002
        if self.received:
            raise KeyboardInterrupt
        self.received = signal.Signals(number)
