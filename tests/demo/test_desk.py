import asyncio
import itertools
import threading
import time

import pytest

from captcha_model.constraints import ConstraintError
from captcha_model.errors import ImageError
from demo import desk as desks
from demo.desk import BusyError, Desk, Lane, TooSlowError, within
from demo.metrics import Metrics
from tests.conftest import EXAMPLES
from tests.demo.test_observing import figures

ONE, TWO = EXAMPLES / "1.png", EXAMPLES / "2.png"


def outcomes(lane: Lane, works) -> list:
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

    results = outcomes(Lane(20), [lambda i=i: work(i) for i in range(10)])
    assert results == order == list(range(10))
    assert most == 1


def test_who_finds_the_line_full_is_told_so_at_once():
    begin = threading.Event()
    lane = Lane(2)

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
    lane = Lane(5, seconds=0.1)
    first, second = outcomes(lane, [lambda: time.sleep(0.4), lambda: "read"])
    assert first is None
    assert isinstance(second, BusyError)
    assert lane.waiting == 0
    assert outcomes(lane, [lambda: "read"]) == ["read"]


def test_an_error_frees_the_place():
    lane = Lane(5)
    assert isinstance(outcomes(lane, [lambda: 1 / 0])[0], ZeroDivisionError)
    assert outcomes(lane, [lambda: "read"]) == ["read"]


def test_who_leaves_while_waiting_frees_the_line():
    lane = Lane(1)
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


def test_the_time_for_many_images_is_limited(monkeypatch):
    assert list(within(range(5), 10)) == [0, 1, 2, 3, 4]
    clock = itertools.count()
    monkeypatch.setattr(desks.time, "monotonic", lambda: next(clock))
    with pytest.raises(TooSlowError) as slow:
        list(within(range(100), 10))
    assert slow.value.code == "TIME_LIMIT"


def test_too_slow_a_request_is_stopped_between_its_images(model, monkeypatch):
    monkeypatch.setattr(desks, "SECONDS_FOR_MANY", -1.0)
    with pytest.raises(TooSlowError):
        asyncio.run(Desk(model).read_many([("a", ONE)], {}))


def test_images_are_read_and_counted_whichever_way_they_come(model):
    metrics = Metrics()
    desk = Desk(model, metrics)

    async def main():
        one = await desk.read(ONE, {})
        rows = await desk.read_many([("a", ONE), ("b", b"x"), ("c", TWO)], {"length": 4})
        with pytest.raises(ImageError):
            await desk.read(b"", {})
        with pytest.raises(ConstraintError):
            await desk.read(ONE, {"charset": "ß"})
        return one, rows

    one, rows = asyncio.run(main())
    assert one == model.predict(ONE)
    assert [row.name for row in rows] == ["a", "b", "c"]
    assert rows[0].result == model.predict(ONE, length=4)
    assert rows[2].result == model.predict(TWO, length=4)
    found = figures(metrics)
    assert found['captcha_images_total{result="read"}'] == 3
    assert found['captcha_images_total{result="IMAGE_FORMAT"}'] == 1
    assert found['captcha_images_total{result="IMAGE_EMPTY"}'] == 1


def test_a_long_list_does_not_hold_up_a_single_image(model):
    desk = Desk(model)
    release = threading.Event()

    async def main():
        many = asyncio.create_task(desk.many(release.wait))
        await asyncio.sleep(0.05)
        one = await desk.read(ONE, {})
        release.set()
        await many
        return one

    assert asyncio.run(main()) == model.predict(ONE)
