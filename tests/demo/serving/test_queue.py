import asyncio
import threading
import time

import pytest

from demo.serving.queue import BoundedQueue, BusyError


def outcomes(queue: BoundedQueue, functions) -> list:
    async def main():
        return await asyncio.gather(
            *(queue.run(work) for work in functions), return_exceptions=True
        )

    return asyncio.run(main())


def test_work_runs_one_at_a_time_in_order_of_arrival():
    running, highest, order = 0, 0, []

    def work(i):
        nonlocal running, highest
        running += 1
        highest = max(highest, running)
        time.sleep(0.005)
        running -= 1
        order.append(i)
        return i

    results = outcomes(BoundedQueue(20), [lambda i=i: work(i) for i in range(10)])
    assert results == order == list(range(10))
    assert highest == 1


def test_a_full_queue_rejects_at_once():
    begin = threading.Event()
    queue = BoundedQueue(2)

    async def main():
        first = asyncio.create_task(queue.run(begin.wait))
        await asyncio.sleep(0.05)
        waiting = [asyncio.create_task(queue.run(lambda: "read")) for _ in range(2)]
        await asyncio.sleep(0.05)
        assert queue.depth == 2
        with pytest.raises(BusyError) as busy:
            await queue.run(lambda: "read")
        assert busy.value.code == "SERVER_BUSY"
        begin.set()
        return [await first, *[await each for each in waiting]]

    assert asyncio.run(main()) == [True, "read", "read"]
    assert queue.depth == 0


@pytest.mark.slow
def test_waiting_times_out_and_the_next_request_runs():
    queue = BoundedQueue(5, timeout=0.1)
    first, second = outcomes(queue, [lambda: time.sleep(0.4), lambda: "read"])
    assert first is None
    assert isinstance(second, BusyError)
    assert queue.depth == 0
    assert outcomes(queue, [lambda: "read"]) == ["read"]


def test_an_error_frees_the_slot():
    queue = BoundedQueue(5)
    assert isinstance(outcomes(queue, [lambda: 1 / 0])[0], ZeroDivisionError)
    assert outcomes(queue, [lambda: "read"]) == ["read"]


def test_a_cancelled_request_leaves_the_queue():
    queue = BoundedQueue(1)
    release = threading.Event()

    async def main():
        first = asyncio.create_task(queue.run(release.wait))
        await asyncio.sleep(0.05)
        cancelled = asyncio.create_task(queue.run(lambda: "read"))
        await asyncio.sleep(0.05)
        cancelled.cancel()
        await asyncio.gather(cancelled, return_exceptions=True)
        assert queue.depth == 0
        next_ = asyncio.create_task(queue.run(lambda: "read"))
        await asyncio.sleep(0.05)
        release.set()
        return await first, await next_

    assert asyncio.run(main()) == (True, "read")
