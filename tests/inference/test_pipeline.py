"""Streams of images: their order, their errors, their threads, and how far ahead they are read."""

import threading

import pytest

from captcha_model.errors import ImageError
from tests.conftest import EXAMPLES

PATHS = sorted(EXAMPLES.glob("*.png"))


@pytest.mark.parametrize(("batch_size", "most"), [(1, 1), (2, 4)])
def test_a_stream_is_at_most_one_batch_ahead(model, batch_size, most):
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
