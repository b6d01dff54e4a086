import io
import threading
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from captcha_model.config import CaptchaConfig
from captcha_model.data.loading import load_images
from captcha_model.data.samples import LabelledImages, Sample
from captcha_model.data.streaming import MAX_UNREADABLE_RUN, StreamedImages
from captcha_model.errors import DataError

CONFIG = CaptchaConfig("abc", height=10, width=20)


def png(shade: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("L", (20, 10), shade).save(buffer, "PNG")
    return buffer.getvalue()


class Files:
    """Samples "0.png", "1.png", ... of one shade each, some of them damaged; counts the reads."""

    def __init__(self, count: int, damaged=()) -> None:
        self.reads = Counter()
        self._lock = threading.Lock()
        self.samples = [
            Sample(
                f"{i}.png", f"label {i}", self._reader(i, b"x" if i in damaged else png(i % 256))
            )
            for i in range(count)
        ]

    def _reader(self, index: int, data: bytes):
        def read() -> bytes:
            with self._lock:
                self.reads[index] += 1
            return data

        return read

    def streamed(self, workers: int = 2, **options) -> StreamedImages:
        return StreamedImages(self.samples, CONFIG, workers=workers, **options)


def shades(images: LabelledImages) -> list[int]:
    return images.pixels[:, 0, 0, 0].tolist()


def test_only_selected_images_are_read():
    files = Files(50)
    images = files.streamed()
    assert len(images) == 50
    assert images.labels[3] == "label 3"
    assert (images.names[-1], list(images.names[:2])) == ("49.png", ["0.png", "1.png"])
    images.subset(np.arange(10))
    assert not files.reads
    chosen = images.select([7, 3, 7])
    assert isinstance(chosen, LabelledImages)
    assert shades(chosen) == [7, 3, 7]
    assert chosen.labels == ("label 7", "label 3", "label 7")
    assert files.reads == {7: 2, 3: 1}


def test_no_pixels_are_kept():
    files = Files(10)
    images = files.streamed()
    for _ in range(3):
        images.select(range(10))
    assert set(files.reads.values()) == {3}


@pytest.mark.slow
@given(st.data())
def test_it_selects_what_an_image_set_in_memory_does(data):
    files = Files(12)
    streamed, loaded = files.streamed(), load_images(files.samples, CONFIG)
    for _ in range(2):
        indices = data.draw(st.lists(st.integers(0, len(streamed) - 1), min_size=1))
        streamed, loaded = streamed.subset(np.array(indices)), loaded.subset(indices)
        assert tuple(streamed.labels) == loaded.labels
        assert tuple(streamed.names) == loaded.names
    chosen, expected = streamed.select(range(len(streamed))), loaded.select(range(len(loaded)))
    assert (chosen.pixels == expected.pixels).all()
    assert (chosen.labels, chosen.names) == (expected.labels, expected.names)


def test_an_unreadable_image_is_replaced_by_the_next_readable_one():
    images = Files(6, damaged={2, 3, 5}).streamed()
    chosen = images.select([1, 2, 5])
    assert shades(chosen) == [1, 4, 0]
    assert chosen.labels == ("label 1", "label 4", "label 0")
    assert chosen.names == ("1.png", "4.png", "0.png")
    assert [skipped.name for skipped in images.skipped] == ["2.png", "3.png", "5.png"]
    assert "not an image" in images.skipped[0].reason


def test_replacements_come_from_the_same_subset():
    images = Files(6, damaged={1, 3}).streamed()
    training, validation = images.subset([0, 1, 2]), images.subset([5, 3, 4])
    assert training.select([1]).labels == ("label 2",)
    assert validation.select([1, 0]).labels == ("label 4", "label 5")
    # A set and its subsets share the record of unreadable files.
    assert images.skipped == training.skipped == validation.skipped
    assert [skipped.name for skipped in images.skipped] == ["1.png", "3.png"]


def test_threads_record_each_unreadable_image_once_and_agree():
    damaged = set(range(0, 400, 3))
    images = Files(401, damaged).streamed(workers=8)
    results = []

    def work() -> None:
        results.append(images.select(range(400)).labels)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expected = tuple(f"label {i + 1 if i in damaged else i}" for i in range(400))
    assert results == [expected] * 4
    assert [s.name for s in images.skipped] == [f"{i}.png" for i in sorted(damaged)]


def test_an_unreadable_file_is_not_read_again():
    files = Files(3, damaged={0})
    images = files.streamed(workers=1)
    for _ in range(5):
        images.select([0])
    assert files.reads[0] == 1


def test_a_long_run_of_unreadable_images_is_an_error():
    images = Files(MAX_UNREADABLE_RUN + 2, damaged=range(1, MAX_UNREADABLE_RUN + 1)).streamed()
    assert images.select([0]).labels == ("label 0",)
    assert images.select([2]).labels == (f"label {MAX_UNREADABLE_RUN + 1}",)
    with pytest.raises(DataError, match=r"100 images in a row.*1\.png.*and 90 more") as caught:
        images.select([0, 1])
    assert caught.value.code == "IMAGES_UNREADABLE"
    with pytest.raises(DataError, match="3 images in a row"):
        Files(3, damaged=range(3)).streamed().select([1])


def test_strict_allows_no_bad_image():
    images = Files(3, damaged={1}).streamed(strict=True)
    assert len(images.select([0, 2])) == 2
    with pytest.raises(DataError, match=r"strict mode.*1\.png") as caught:
        images.select([0, 1])
    assert caught.value.code == "IMAGES_UNREADABLE"


def test_a_file_that_is_gone_is_skipped():
    def read() -> bytes:
        raise FileNotFoundError("gone")

    samples = [Sample("x.png", "a", read), Sample("y.png", "b", lambda: png(9))]
    images = StreamedImages(samples, CONFIG, workers=1)
    assert images.select([0]).labels == ("b",)
    assert images.skipped[0].reason == "gone"


def test_places_out_of_the_set():
    images = Files(3).streamed()
    assert images.select([-1]).labels == ("label 2",)
    assert images.select([]).pixels.shape == (0, *CONFIG.input_shape)
    for bad in (3, -4):
        with pytest.raises(IndexError):
            images.select([bad])


def test_a_strict_set_stops_at_the_first_damage():
    with pytest.raises(DataError, match="strict"):
        Files(200, damaged={5}).streamed(strict=True).select([5])
