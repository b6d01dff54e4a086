import asyncio
import itertools
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from captcha_model.errors import ConstraintError, ImageError
from captcha_model.inference.options import ReadingOptions
from demo.serving import batcher as module
from demo.serving.batcher import DynamicBatcher, RequestTimeoutError, _PendingRead, limit_time
from demo.serving.metrics import Metrics
from tests.conftest import EXAMPLES
from tests.demo.middleware.test_access_log import metric_values

DEFAULTS = ReadingOptions().keywords()
ONE, TWO = EXAMPLES / "1.png", EXAMPLES / "2.png"


class FakeModel:
    """A model that returns its arguments and records its calls; calls wait for `release`.

    Args:
        failing_calls: The numbers of the calls that raise an error, from 1.
    """

    def __init__(self, failing_calls=()):
        self.calls: list[tuple[list, dict]] = []
        self.release = threading.Event()
        self._failing_calls = failing_calls

    def predict_stream(self, images, *, batch_size, **options):
        assert batch_size == len(images)
        images = list(images)
        # The options that are given, without the defaults of the others.
        options = {k: v for k, v in options.items() if v != DEFAULTS[k]}
        self.calls.append((images, options))
        assert self.release.wait(10)
        if len(self.calls) in self._failing_calls:
            raise ConstraintError("No text meets the constraints.")
        return [ImageError("Damaged.") if image == "bad" else (image, options) for image in images]


def read_concurrently(model: FakeModel, requests, batch_size: int = 4, cancel=()):
    """Request the first image, then all others while it is being read; return all results."""

    async def main():
        batcher = DynamicBatcher(model, batch_size=batch_size)
        tasks = []
        for image, options in requests:
            pending = _PendingRead(image, ReadingOptions(**options))
            tasks.append(asyncio.create_task(batcher._read_single(pending)))
            while not model.calls:
                await asyncio.sleep(0.001)
        await asyncio.sleep(0)
        for i in cancel:
            tasks[i].cancel()
        await asyncio.sleep(0)
        model.release.set()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert batcher.queue_depth == 0
        assert batcher._pending == []
        return [r.result if isinstance(r, _PendingRead) else r for r in results]

    return asyncio.run(main())


def test_images_that_wait_at_the_same_time_form_a_batch():
    model = FakeModel()
    requests = [(name, {}) for name in "abcdefg"]
    assert read_concurrently(model, requests) == requests
    assert [images for images, _ in model.calls] == [["a"], ["b", "c", "d", "e"], ["f", "g"]]


def test_a_single_image_does_not_wait_for_a_batch():
    model = FakeModel()
    assert read_concurrently(model, [("a", {})]) == [("a", {})]


def test_only_images_with_equal_options_form_a_batch():
    model = FakeModel()
    requests = [("a", {}), ("b", {"length": 4}), ("c", {}), ("d", {"length": 4}), ("e", {})]
    assert read_concurrently(model, requests) == requests
    assert [images for images, _ in model.calls] == [["a"], ["b", "d"], ["c", "e"]]


def test_a_batch_size_of_one_reads_images_one_by_one():
    model = FakeModel()
    requests = [(name, {}) for name in "abc"]
    assert read_concurrently(model, requests, batch_size=1) == requests
    assert [images for images, _ in model.calls] == [["a"], ["b"], ["c"]]


def test_an_error_of_one_image_does_not_affect_the_batch():
    results = read_concurrently(FakeModel(), [("a", {}), ("b", {}), ("bad", {}), ("c", {})])
    assert isinstance(results.pop(2), ImageError)
    assert results == [("a", {}), ("b", {}), ("c", {})]


def test_a_failed_batch_is_tried_again_for_the_other_images():
    model = FakeModel(failing_calls=[2])
    results = read_concurrently(model, [(name, {}) for name in "abcd"])
    assert isinstance(results.pop(1), ConstraintError)
    assert results == [("a", {}), ("c", {}), ("d", {})]
    assert [images for images, _ in model.calls] == [["a"], ["b", "c", "d"], ["c", "d"]]


def test_a_cancelled_image_is_not_read():
    model = FakeModel()
    results = read_concurrently(model, [(name, {}) for name in "abcd"], cancel=[1, 3])
    assert results[0] == ("a", {})
    assert results[2] == ("c", {})
    assert [images for images, _ in model.calls] == [["a"], ["c"]]


OPTIONS = st.sampled_from([{}, {"length": 4}, {"min_confidence": 0.5}])


@settings(max_examples=30, deadline=None)
@given(st.lists(OPTIONS, min_size=1, max_size=20), st.integers(1, 6))
def test_every_request_gets_its_own_result(options, batch_size):
    model, requests = FakeModel(), list(enumerate(options))
    assert read_concurrently(model, requests, batch_size) == requests
    assert max(len(images) for images, _ in model.calls) <= batch_size
    assert sorted(i for images, _ in model.calls for i in images) == list(range(len(requests)))


def test_a_batch_gives_the_same_texts_as_single_images(model):
    images = [EXAMPLES / f"{i}.png" for i in (1, 2, 3)] * 4

    async def main():
        batcher = DynamicBatcher(model)
        return await asyncio.gather(*(batcher.read(image, ReadingOptions()) for image in images))

    alone = [model.predict(image) for image in images]
    assert [reading.text for reading in asyncio.run(main())] == [each.text for each in alone]


def test_the_time_for_many_images_is_limited(monkeypatch):
    assert list(limit_time(range(5), 10)) == [0, 1, 2, 3, 4]
    clock = itertools.count()
    monkeypatch.setattr(module.time, "monotonic", lambda: next(clock))
    with pytest.raises(RequestTimeoutError) as slow:
        list(limit_time(range(100), 10))
    assert slow.value.code == "REQUEST_TIMEOUT"


def test_a_large_request_is_stopped_at_its_time_limit(model, monkeypatch):
    monkeypatch.setattr(module, "MANY_TIMEOUT_SECONDS", -1.0)
    with pytest.raises(RequestTimeoutError):
        asyncio.run(DynamicBatcher(model).read_many([("a", ONE)], ReadingOptions()))


def test_single_and_many_images_are_read_and_counted(model):
    metrics = Metrics()
    batcher = DynamicBatcher(model, metrics)
    named = [("a", ONE), ("b", b"x"), ("c", TWO)]

    async def main():
        one = await batcher.read(ONE, ReadingOptions())
        rows = await batcher.read_many(named, ReadingOptions(length=4))
        with pytest.raises(ImageError):
            await batcher.read(b"", ReadingOptions())
        with pytest.raises(ConstraintError):
            await batcher.read(ONE, ReadingOptions(charset="ß"))
        return one, rows

    one, rows = asyncio.run(main())
    assert one == model.predict(ONE)
    assert [row.name for row in rows] == ["a", "b", "c"]
    # A batch gives the same results but for rounding.
    for row, image in ((rows[0], ONE), (rows[2], TWO)):
        alone = model.predict(image, length=4)
        assert row.result.text == alone.text
        assert row.result.confidence == pytest.approx(alone.confidence, rel=1e-3)
    found = metric_values(metrics)
    assert found['captcha_images_total{result="read"}'] == 3
    assert found['captcha_images_total{result="IMAGE_FORMAT"}'] == 1
    assert found['captcha_images_total{result="IMAGE_EMPTY"}'] == 1


def test_a_large_request_does_not_delay_a_single_image(model):
    batcher = DynamicBatcher(model)
    release = threading.Event()

    async def main():
        many = asyncio.create_task(batcher._many_queue.run(release.wait))
        await asyncio.sleep(0.05)
        one = await batcher.read(ONE, ReadingOptions())
        release.set()
        await many
        return one

    assert asyncio.run(main()) == model.predict(ONE)


def test_readings_and_inspections_are_separate_batches(model):
    async def main():
        batcher = DynamicBatcher(model)
        options = ReadingOptions(length=4)
        return await asyncio.gather(
            *(batcher.read(ONE, options) for _ in range(3)),
            *(batcher.inspect(image, options) for image in (ONE, TWO, ONE)),
        )

    *readings, (first, first_time), (second, _), (third, _) = asyncio.run(main())
    assert {reading.text for reading in readings} == {model.predict(ONE, length=4).text}
    assert first.reading.text == third.reading.text == model.predict(ONE, length=4).text
    assert second.reading.text == model.predict(TWO, length=4).text
    assert first.probabilities == pytest.approx(model.inspect(ONE).probabilities, abs=1e-4)
    assert first_time > 0


def test_rows_are_reported_as_they_come(model):
    rows = []
    batcher = DynamicBatcher(model)
    named = [("a", ONE), ("b", b"x")]
    found = asyncio.run(batcher.read_many(named, ReadingOptions(), rows.append))
    assert rows == found
    assert [row.name for row in rows] == ["a", "b"]
