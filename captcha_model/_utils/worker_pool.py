"""Doing tasks in other processes: the results in order, and nothing lost where a process dies.

The processes are spawned, so each imports the main module of the program: a script that starts them
must do so under `if __name__ == "__main__":`.
"""

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing.connection import wait
from typing import Any, ClassVar, Generic, TypeVar

from captcha_model.errors import CaptchaError

Task = TypeVar("Task")
Result = TypeVar("Result")

_WAITING = 2  # Tasks for each process that are given out at once, so that none waits for the next.
_TRIES = 3  # Of a task whose process dies.


class WorkerError(CaptchaError):
    """A worker process ended before it had done its task."""

    codes: ClassVar[Mapping[str, str]] = {
        "WORKER_ENDED": "A worker process ended, and so did those that tried again."
    }


@dataclass
class _Given(Generic[Task, Result]):
    task: Task
    future: "Future[Result] | None" = None

    @property
    def is_done(self) -> bool:
        """Whether there is a result, or an error of the task itself."""
        future = self.future
        if future is None or not future.done() or future.cancelled():
            return False
        return not isinstance(future.exception(), BrokenProcessPool)


class WorkerPool(Generic[Task, Result]):
    """Processes that all do the same with different tasks.

    If one of them ends before its time, because the system kills it for its memory or a library
    crashes, all are started again and what was in flight is done again, first one task at a time.

    Args:
        do: what is done with a task: a function of a module.
        processes: how many, from 1.
        start: called once in every process, before its first task.
        arguments: of `start`.
        describe: what a task is called in a message.
    """

    def __init__(
        self,
        do: Callable[[Task], Result],
        *,
        processes: int,
        start: Callable[..., None],
        arguments: tuple[Any, ...] = (),
        describe: Callable[[Task], str] = str,
    ) -> None:
        self._do = do
        self._processes = processes
        self._start = (start, arguments)
        self._describe = describe

    def results(self, tasks: Iterable[Task]) -> Iterator[Result]:
        """Yield the result of every task, in order; few tasks are taken before they are needed.

        Raises:
            WorkerError: a task ends its process again and again.
            Exception: what the task or `start` raises.
        """
        source = iter(tasks)
        given: deque[_Given[Task, Result]] = deque()
        pool = self._new_pool()
        most, tries = _WAITING * self._processes + 1, 0
        try:
            while True:
                while len(given) < most and (task := next(source, None)) is not None:
                    given.append(_Given(task))
                if not given:
                    return
                first = given[0]
                try:
                    # After a death one at a time, so that it is known which task it was.
                    for each in [first] if tries else given:
                        if each.future is None:
                            each.future = pool.submit(_call, self._do, each.task)
                    assert first.future
                    result = first.future.result()
                except BrokenProcessPool as error:
                    tries += 1
                    if tries > _TRIES:
                        raise self._ended(first.task) from error
                    pool.shutdown(cancel_futures=True)
                    for each in given:
                        if not each.is_done:
                            each.future = None
                    pool = self._new_pool()
                    continue
                given.popleft()
                tries = 0
                yield result
        finally:
            pool.shutdown(cancel_futures=True)

    def _new_pool(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(
            self._processes,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_prepare,
            initargs=self._start,
        )

    def _ended(self, task: Task) -> WorkerError:
        return WorkerError(
            f"The process that was given {self._describe(task)} ended {_TRIES + 1} times without a "
            "result. Most often the system ends a process because there is no memory left: use "
            "fewer processes, or look in the system's log."
        )


_started: Callable[[], None] | None = None


def _prepare(start: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    """Prepare a process; what may fail is left to its first task, whose error is passed on."""
    leave_with_parent()
    global _started
    _started = lambda: start(*arguments)  # noqa: E731


def _call(do: Callable[[Any], Any], task: Any) -> Any:
    global _started
    if _started is not None:
        _started()
        _started = None
    return do(task)


def leave_with_parent() -> None:
    """Make this worker process leave Ctrl-C to its parent, and end if the parent is killed."""
    # Ctrl-C reaches all processes of a terminal, and only the first one should answer it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        # A worker that waits for a task would wait for ever: it holds both ends of the pipe.
        threading.Thread(target=_follow, args=(parent.sentinel,), daemon=True).start()


def _follow(parent: int) -> None:
    wait([parent])
    os._exit(1)
