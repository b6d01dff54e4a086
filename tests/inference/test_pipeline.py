"""Streams of images: their order, their errors, their threads, and how far ahead they are read."""

import threading

import numpy as np
import pytest

from captcha_model.errors import ImageError
from captcha_model.inference.pipeline import Pipeline
from tests.conftest import EXAMPLES

PATHS = sorted(EXAMPLES.glob("*.png"))


@pytest.mark.parametrize(("batch_size", "most"), [(1, 1), (2, 6)])
def test_a_stream_is_at_most_two_batches_ahead(model, batch_size, most):
    taken = []

    def sources():
        for path in PATHS[:6]:
            taken.append(path)
            yield path

    expected = [reading.text for reading in model.predict(PATHS[:6])]
    readings = model.predict_stream(sources(), batch_size=batch_size)
    assert taken == []
    assert next(readings).text == expected[0]
    assert len(taken) == most
    assert [reading.text for reading in readings] == expected[1:]


def test_a_stream_that_nobody_reads_to_its_end_leaves_no_thread(model):
    before = threading.active_count()
    readings = model.predict_stream(PATHS[:6], batch_size=2)
    next(readings)
    assert threading.active_count() == before + 1
    readings.close()
    assert threading.active_count() == before


def test_who_would_wait_for_the_network_runs_it_on_another_batch(model):
    config = model.config
    helped = threading.Event()

    class Slow:
        """Is done with a batch only when the caller has run the network on another one."""

        threads = None
        concurrent = True

        def logits(self, batch, *, busy=False):
            if threading.current_thread() is threading.main_thread():
                helped.set()
            assert helped.wait(30)
            return batch[:, :1, :1, 0]

    def decode(pixels, logits, frames, closer):
        return [float(each) for each in logits.ravel()]

    grey = [np.full(config.input_shape, level, np.uint8) for level in range(10)]
    pipeline = Pipeline(config, Slow(), decode)
    assert list(pipeline.read(grey, 2)) == pytest.approx([level / 255 for level in range(10)])


def test_an_error_of_the_source_comes_out_of_the_stream(model):
    def sources():
        yield from PATHS[:3]
        raise RuntimeError("the camera is gone")

    with pytest.raises(RuntimeError, match="camera"):
        list(model.predict_stream(sources(), batch_size=2))


@pytest.mark.parametrize("batch_size", [1, 2, 3, 64])
def test_a_stream_keeps_the_order_whatever_the_batches(model, batch_size):
    sources = [PATHS[0], b"nonsense", PATHS[1], b"", b"nonsense", PATHS[2], PATHS[3]]
    expected = model.predict(sources, on_error="return")
    found = list(model.predict_stream(sources, batch_size=batch_size))
    assert [str(a) for a in found if isinstance(a, ImageError)] == [
        str(a) for a in expected if isinstance(a, ImageError)
    ]
    assert [getattr(a, "text", None) for a in found] == [getattr(a, "text", None) for a in expected]
