import asyncio
import threading
import time

import pytest

from demo.serving.queue import BoundedQueue, BusyError


def outcomes(lane: BoundedQueue, works) -> list:
    async def main():
        return await asyncio.gather(*(lane.run(work) for work in works), return_exceptions=True)

    return asyncio.run(main())


def test_one_at_a_time_and_in_order():
    running, most, order = 0, 0, []

    def work(i):
        nonlocal running, most
        running += 1
        most = max(most, running)
        time.sleep(0.005)
        running -= 1
        order.append(i)
        return i

    results = outcomes(BoundedQueue(20), [lambda i=i: work(i) for i in range(10)])
    assert results == order == list(range(10))
    assert most == 1


def test_who_finds_the_line_full_is_told_so_at_once():
    begin = threading.Event()
    lane = BoundedQueue(2)

    async def main():
        first = asyncio.create_task(lane.run(begin.wait))
        await asyncio.sleep(0.05)
        waiting = [asyncio.create_task(lane.run(lambda: "read")) for _ in range(2)]
        await asyncio.sleep(0.05)
        assert lane.waiting == 2
        with pytest.raises(BusyError) as busy:
            await lane.run(lambda: "read")
        assert busy.value.code == "SERVER_BUSY"
        begin.set()
        return [await first, *[await each for each in waiting]]

    assert asyncio.run(main()) == [True, "read", "read"]
    assert lane.waiting == 0


def test_who_waits_too_long_is_told_so_and_the_next_is_read():
    lane = BoundedQueue(5, seconds=0.1)
    first, second = outcomes(lane, [lambda: time.sleep(0.4), lambda: "read"])
    assert first is None
    assert isinstance(second, BusyError)
    assert lane.waiting == 0
    assert outcomes(lane, [lambda: "read"]) == ["read"]


def test_an_error_frees_the_place():
    lane = BoundedQueue(5)
    assert isinstance(outcomes(lane, [lambda: 1 / 0])[0], ZeroDivisionError)
    assert outcomes(lane, [lambda: "read"]) == ["read"]


def test_who_leaves_while_waiting_frees_the_line():
    lane = BoundedQueue(1)
    release = threading.Event()

    async def main():
        first = asyncio.create_task(lane.run(release.wait))
        await asyncio.sleep(0.05)
        leaving = asyncio.create_task(lane.run(lambda: "read"))
        await asyncio.sleep(0.05)
        leaving.cancel()
        await asyncio.gather(leaving, return_exceptions=True)
        assert lane.waiting == 0
        next_ = asyncio.create_task(lane.run(lambda: "read"))
        await asyncio.sleep(0.05)
        release.set()
        return await first, await next_

    assert asyncio.run(main()) == (True, "read")
