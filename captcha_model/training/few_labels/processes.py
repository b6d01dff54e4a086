"""Does the trainings of a cross-fit in processes of their own, one for each core.

They are started as commands and not by `multiprocessing`, which would import the caller's script
again in each of them.
"""

import os
import pickle
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from queue import SimpleQueue
from threading import Lock
from typing import IO, Any

from captcha_model._utils.keras_backend import usable_cores
from captcha_model.errors import CaptchaError, TrainingError
from captcha_model.training.few_labels.task import Done, Task
from captcha_model.training.few_labels.worker import EPOCH

WORKER = "captcha_model.training.few_labels.worker"
_EXCEPTION = re.compile(r"[\w.]*(Error|Exception|Interrupt)(:|$)")


@contextmanager
def processes(count: int | None = None) -> Iterator["list[Process]"]:
    """Start processes, which load Keras at once, and end them after the block, whatever they do.

    Args:
        count: how many, but no more than one for each core; None is one for each core.
    """
    cores = usable_cores()
    started = [Process() for _ in range(min(count or cores, cores))]
    try:
        yield started
    finally:
        for process in started:
            process.end()


def do_all(
    tasks: Sequence[Task], results: dict[int, Done], workers: "Sequence[Process]"
) -> Generator[None]:
    """Do tasks side by side, and yield after every epoch of any of them.

    Args:
        tasks: what to do; longer ones first take the least time.
        results: receives the result of each task by its number.
        workers: the processes; they can do no more tasks if the generator is closed.

    Raises:
        CaptchaError: that of the first task that failed; the others are given up.
    """
    waiting = iter(range(len(tasks)))
    taking = Lock()
    epochs: SimpleQueue[bool] = SimpleQueue()

    def work(process: Process) -> None:
        while True:
            with taking:
                number = next(waiting, None)
            if number is None:
                return
            results[number] = process.do(tasks[number], lambda: epochs.put(True))

    threads = ThreadPoolExecutor(len(workers), "trainings")
    try:
        working = {threads.submit(work, process) for process in workers}
        for future in working:
            future.add_done_callback(lambda _: epochs.put(False))
        while working:
            if epochs.get():
                yield
            for ended in [future for future in working if future.done()]:
                working.remove(ended)
                ended.result()
        threads.shutdown()
    except BaseException:
        for process in workers:
            process.end()
        threads.shutdown(cancel_futures=True)
        raise


class Process:
    """A worker process."""

    def __init__(self) -> None:
        threads = dict.fromkeys(("TF_NUM_INTRAOP_THREADS", "OMP_NUM_THREADS"), "1")
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed in `end`.
        self._process = subprocess.Popen(
            [sys.executable, "-m", WORKER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "2", **threads},
            # Ctrl-C reaches the caller alone, which ends its workers.
            start_new_session=True,
        )

    def do(self, task: Task, progress: Callable[[], None]) -> Done:
        """Do a task and return its result.

        Raises:
            CaptchaError: that of the task.
            TrainingError: the process ended.
        """
        assert self._process.stdin and self._process.stdout
        try:
            pickle.dump(task, self._process.stdin)
            self._process.stdin.flush()
            while (received := self._received()) == EPOCH:
                progress()
        except (OSError, EOFError, pickle.UnpicklingError) as error:
            raise TrainingError(
                f"A process of the training ended without a result: {self._last_error()}"
            ) from error
        if isinstance(received, CaptchaError):
            raise received
        done: Done = received
        return done

    def end(self) -> None:
        """End the process, whatever it does; the second time does nothing."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout, self._errors):
            assert pipe
            try:
                pipe.close()
            except BrokenPipeError:  # Of what was still to be written to the process.
                continue

    def _received(self) -> Any:
        assert self._process.stdout
        return pickle.load(self._process.stdout)

    def _last_error(self) -> str:
        self._errors.seek(0)
        written = self._errors.read().decode(errors="replace")
        return cause(written) or f"exit code {self._process.poll()}"


def cause(written: str) -> str:
    """Return the line of what a process wrote to stderr that says why it ended; "" if none does.

    That is the last one with the name of an exception: the messages of TensorFlow end with the
    nodes of its graph. Without one, it is the last line.
    """
    lines = [line.strip() for line in written.splitlines() if line.strip()]
    named = [line for line in lines if _EXCEPTION.match(line)]
    return (named or lines or [""])[-1]
