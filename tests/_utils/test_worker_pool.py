"""Worker processes: results in order, and what happens when one of them dies."""

import os
import pickle
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from captcha_model._utils.worker_pool import WorkerError, WorkerPool
from captcha_model.errors import DataError
from tests.conftest import ROOT

pytestmark = pytest.mark.slow

_begun = ""


def start(value: str = "") -> None:
    global _begun
    _begun += value


def refuse() -> None:
    raise DataError("This process cannot begin.")


def square(number: int) -> tuple[int, str]:
    time.sleep(0.02 * (number % 3))  # So that they end in another order than they began in.
    return number * number, _begun


def die_once(task: tuple[int, str]) -> int:
    """End the process at number 3, unless the file is there."""
    number, mark = task
    if number == 3 and not Path(mark).exists():
        Path(mark).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def die_at_three(number: int) -> int:
    if number == 3:
        os._exit(1)
    return number


def fail_at_three(number: int) -> int:
    if number == 3:
        raise DataError("Three.")
    return number


def pool(do, processes=2, begin=start, arguments=()):
    return WorkerPool(do, processes=processes, start=begin, arguments=arguments, describe=repr)


def test_results_come_in_order_and_every_process_is_prepared_once():
    found = list(pool(square, arguments=("ready",)).results(range(20)))
    assert found == [(number * number, "ready") for number in range(20)]


def test_few_tasks_are_taken_before_they_are_needed():
    taken: list[int] = []

    def tasks():
        for number in range(100):
            taken.append(number)
            yield number

    results = pool(square, processes=1).results(tasks())
    next(results)
    assert len(taken) <= 5
    results.close()


def test_what_a_dead_process_was_given_is_done_again(tmp_path):
    tasks = [(number, str(tmp_path / "dead")) for number in range(12)]
    assert list(pool(die_once).results(tasks)) == list(range(12))
    assert (tmp_path / "dead").exists()


def test_a_task_that_ends_its_process_every_time_is_named():
    results = pool(die_at_three).results(range(12))
    found = []
    with pytest.raises(WorkerError, match=r"was given 3 ended 4 times .* no memory left") as caught:
        found.extend(results)
    assert caught.value.code == "WORKER_ENDED"
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_errors_are_those_of_the_task_and_of_the_start():
    with pytest.raises(DataError, match=r"Three\."):
        list(pool(fail_at_three).results(range(12)))
    with pytest.raises(DataError, match="cannot begin"):
        list(pool(square, begin=refuse).results(range(12)))


CALLER = """
import os, sys
from tests._utils.test_worker_pool import pool, slow
if __name__ == "__main__":
    for _ in pool(slow).results(range(1000)):
        print("working", flush=True)
"""


def slow(number: int) -> int:
    time.sleep(0.1)
    return number


def test_workers_end_with_a_parent_that_is_killed(tmp_path):
    script = tmp_path / "caller.py"
    script.write_text(CALLER)
    parent = subprocess.Popen(
        [sys.executable, script],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        start_new_session=True,
    )
    with parent:
        assert parent.stdout
        parent.stdout.readline()
        parent.kill()
        # The workers hold the other end of the pipe as long as they live.
        parent.stdout.read()
