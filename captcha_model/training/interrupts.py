"""Ctrl-C or SIGTERM during a training: it ends after a step, never in the middle of one."""

import signal
import threading
from types import FrameType, TracebackType
from typing import Any

import keras

# What Python does with each if nobody else has taken it. SIGTERM is what a machine sends that shuts
# down, or a cluster whose time is over.
_USUAL: dict[signal.Signals, Any] = {
    signal.SIGINT: signal.default_int_handler,
    signal.SIGTERM: signal.SIG_DFL,
}


class Interrupts(keras.callbacks.Callback):
    """Notes Ctrl-C and SIGTERM, and raises `KeyboardInterrupt` when the step is over.

    Python would raise it wherever the program happens to be. In a destructor or in a callback from
    C it is printed and forgotten, and the training goes on. A second signal is raised at once.

    It is a context manager too: outside its block the signals do what they did before. Where
    somebody else handles or ignores one, and outside the main thread, nothing is changed.

    Attributes:
        received: the first signal that came; None before.
    """

    def __init__(self) -> None:
        super().__init__()
        self.received: signal.Signals | None = None
        self._installed: list[signal.Signals] = []

    def __enter__(self) -> "Interrupts":
        if threading.current_thread() is threading.main_thread():
            for number, usual in _USUAL.items():
                if signal.getsignal(number) is usual:
                    signal.signal(number, self._note)
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
            signal.signal(number, _USUAL[number])

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        """Raise what was noted."""
        if self.received:
            raise KeyboardInterrupt

    def _note(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002
        if self.received:
            raise KeyboardInterrupt
        self.received = signal.Signals(number)
