import asyncio
import itertools
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from captcha_model.errors import ConstraintError, ImageError
from demo.serving import batcher as module
from demo.serving.batcher import DynamicBatcher, TooSlowError, within
from demo.serving.metrics import Metrics
from tests.conftest import EXAMPLES
from tests.demo.middleware.test_access_log import figures

ONE, TWO = EXAMPLES / "1.png", EXAMPLES / "2.png"


class Stub:
    """A model that says what it was given, and notes it; the first call waits until it may go on.

    Args:
        fails: the numbers of the calls that fail.
    """

    def __init__(self, fails=()):
        self.calls: list[tuple[list, dict]] = []
        self.go_on = threading.Event()
        self._fails = fails

    def predict_stream(self, images, *, batch_size, **how):
        assert batch_size == len(images)
        self.calls.append((images, how))
        assert self.go_on.wait(10)
        if len(self.calls) in self._fails:
            raise ConstraintError("No text is so.")
        return [ImageError("Damaged.") if image == "bad" else (image, how) for image in images]


def ask_together(model: Stub, asked, together: int = 4, leave=()):
    """Ask for the first image, then for all others while it is being read; return all answers."""

    async def main():
        batcher = DynamicBatcher(model, together=together)
        tasks = []
        for image, how in asked:
            tasks.append(asyncio.create_task(batcher.read(image, how)))
            while not model.calls:
                await asyncio.sleep(0.001)
        await asyncio.sleep(0)
        for i in leave:
            tasks[i].cancel()
        await asyncio.sleep(0)
        model.go_on.set()
        answers = await asyncio.gather(*tasks, return_exceptions=True)
        assert batcher.waiting == 0
        assert batcher._asked == []
        return answers

    return asyncio.run(main())


def test_who_waits_at_the_same_time_is_read_together():
    model = Stub()
    asked = [(name, {}) for name in "abcdefg"]
    assert ask_together(model, asked) == asked
    assert [images for images, _ in model.calls] == [["a"], ["b", "c", "d", "e"], ["f", "g"]]


def test_nobody_waits_for_others_to_come():
    model = Stub()
    assert ask_together(model, [("a", {})]) == [("a", {})]


def test_only_those_who_want_the_same_done_are_read_together():
    model = Stub()
    asked = [("a", {}), ("b", {"length": 4}), ("c", {}), ("d", {"length": 4}), ("e", {})]
    assert ask_together(model, asked) == asked
    assert [images for images, _ in model.calls] == [["a"], ["b", "d"], ["c", "e"]]


def test_one_alone_where_none_are_to_be_read_together():
    model = Stub()
    asked = [(name, {}) for name in "abc"]
    assert ask_together(model, asked, together=1) == asked
    assert [images for images, _ in model.calls] == [["a"], ["b"], ["c"]]


def test_an_error_of_one_is_nobody_else_s():
    answers = ask_together(Stub(), [("a", {}), ("b", {}), ("bad", {}), ("c", {})])
    assert isinstance(answers.pop(2), ImageError)
    assert answers == [("a", {}), ("b", {}), ("c", {})]


def test_what_fails_for_the_first_is_tried_again_for_the_others():
    model = Stub(fails=[2])
    answers = ask_together(model, [(name, {}) for name in "abcd"])
    assert isinstance(answers.pop(1), ConstraintError)
    assert answers == [("a", {}), ("c", {}), ("d", {})]
    assert [images for images, _ in model.calls] == [["a"], ["b", "c", "d"], ["c", "d"]]


def test_who_leaves_is_not_read():
    model = Stub()
    answers = ask_together(model, [(name, {}) for name in "abcd"], leave=[1, 3])
    assert answers[0] == ("a", {})
    assert answers[2] == ("c", {})
    assert [images for images, _ in model.calls] == [["a"], ["c"]]


hows = st.sampled_from([{}, {"length": 4}, {"min_confidence": 0.5}])


@settings(max_examples=30, deadline=None)
@given(st.lists(hows, min_size=1, max_size=20), st.integers(1, 6))
def test_everybody_gets_the_answer_to_what_was_asked(hows, together):
    model, asked = Stub(), list(enumerate(hows))
    assert ask_together(model, asked, together) == asked
    assert max(len(images) for images, _ in model.calls) <= together
    assert sorted(i for images, _ in model.calls for i in images) == list(range(len(asked)))


def test_read_together_is_read_the_same(model):
    images = [EXAMPLES / f"{i}.png" for i in (1, 2, 3)] * 4

    async def main():
        batcher = DynamicBatcher(model)
        return await asyncio.gather(*(batcher.read(image, {}) for image in images))

    alone = [model.predict(image) for image in images]
    assert [reading.text for reading in asyncio.run(main())] == [each.text for each in alone]


def test_the_time_for_many_images_is_limited(monkeypatch):
    assert list(within(range(5), 10)) == [0, 1, 2, 3, 4]
    clock = itertools.count()
    monkeypatch.setattr(module.time, "monotonic", lambda: next(clock))
    with pytest.raises(TooSlowError) as slow:
        list(within(range(100), 10))
    assert slow.value.code == "REQUEST_TIMEOUT"


def test_too_slow_a_request_is_stopped_between_its_images(model, monkeypatch):
    monkeypatch.setattr(module, "SECONDS_FOR_MANY", -1.0)
    with pytest.raises(TooSlowError):
        asyncio.run(DynamicBatcher(model).read_many([("a", ONE)], {}))


def test_images_are_read_and_counted_whichever_way_they_come(model):
    metrics = Metrics()
    batcher = DynamicBatcher(model, metrics)

    async def main():
        one = await batcher.read(ONE, {})
        rows = await batcher.read_many([("a", ONE), ("b", b"x"), ("c", TWO)], {"length": 4})
        with pytest.raises(ImageError):
            await batcher.read(b"", {})
        with pytest.raises(ConstraintError):
            await batcher.read(ONE, {"charset": "ß"})
        return one, rows

    one, rows = asyncio.run(main())
    assert one == model.predict(ONE)
    assert [row.name for row in rows] == ["a", "b", "c"]
    # Several images at once are the same ones but for rounding.
    for row, image in ((rows[0], ONE), (rows[2], TWO)):
        alone = model.predict(image, length=4)
        assert row.result.text == alone.text
        assert row.result.confidence == pytest.approx(alone.confidence, rel=1e-3)
    found = figures(metrics)
    assert found['captcha_images_total{result="read"}'] == 3
    assert found['captcha_images_total{result="IMAGE_FORMAT"}'] == 1
    assert found['captcha_images_total{result="IMAGE_EMPTY"}'] == 1


def test_a_long_list_does_not_hold_up_a_single_image(model):
    batcher = DynamicBatcher(model)
    release = threading.Event()

    async def main():
        many = asyncio.create_task(batcher.many(release.wait))
        await asyncio.sleep(0.05)
        one = await batcher.read(ONE, {})
        release.set()
        await many
        return one

    assert asyncio.run(main()) == model.predict(ONE)
