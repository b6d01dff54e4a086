import io
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from captcha_model.config import CaptchaConfig
from captcha_model.data.label_lengths import check_lengths
from captcha_model.data.loading import (
    find_vocabulary,
    load_images,
    summarize_labels,
)
from captcha_model.data.samples import Sample
from captcha_model.decoding.heads import CTC, FIXED
from captcha_model.errors import DataError, DataWarning

CONFIG = CaptchaConfig("abc", height=10, width=20)


def sample(label: str, shade: int = 0, data: bytes | None = None) -> Sample:
    if data is None:
        buffer = io.BytesIO()
        Image.new("L", (20, 10), shade).save(buffer, "PNG")
        data = buffer.getvalue()
    return Sample(f"{label or 'empty'}-{shade}.png", label, lambda: data)


@given(st.text("ab", max_size=8))
def test_needed_steps_are_those_of_the_shortest_path(text):
    path = []
    for character in text:
        if path and path[-1] == character:
            path.append("")
        path.append(character)
    assert CTC.needed_steps(text) == len(path)


def test_the_vocabulary_is_that_of_the_labels_or_the_given_one():
    samples = [sample("ba"), sample("c")]
    assert find_vocabulary(samples).characters == "abc"
    assert find_vocabulary(samples, "cabx").characters == "cabx"


def test_labels_are_summarized_in_one_pass():
    class Once(list):
        passes = 0

        def __iter__(self):
            self.passes += 1
            return super().__iter__()

    samples = Once([sample("aab"), sample("b"), sample("cbabc")])
    summary = summarize_labels(samples)
    check_lengths(samples, CONFIG, summary)
    assert samples.passes == 1
    assert (summary.vocabulary.characters, summary.longest, summary.most_steps) == ("abc", 5, 5)
    assert summarize_labels([sample("aaa")]).most_steps == 5
    assert summarize_labels([sample("aaa")], output=FIXED).most_steps == 3


def test_up_to_ten_labels_outside_the_vocabulary_are_named():
    samples = [sample(f"{'x' * (i + 1)}") for i in range(12)]
    with pytest.raises(DataError, match=r"12 labels.*xxxxxxxxxx-0.png \(x\) and 2 more") as caught:
        find_vocabulary(samples, "abc")
    assert caught.value.code == "LABEL_OUT_OF_VOCABULARY"


@pytest.mark.parametrize(
    ("label", "code"), [("", "LABEL_EMPTY"), ("a\tb", "LABEL_OUT_OF_VOCABULARY")]
)
def test_invalid_labels(label, code):
    with pytest.raises(DataError) as caught:
        find_vocabulary([sample("a"), sample(label)])
    assert caught.value.code == code


def test_images_come_in_order():
    images = load_images([sample("a", 1), sample("b", 2)], CONFIG)
    assert (images.labels, images.names) == (("a", "b"), ("a-1.png", "b-2.png"))
    assert images.pixels[:, 0, 0, 0].tolist() == [1, 2]
    assert images.skipped == ()
    chosen = images.select([1]).joined(images.select([0]))
    assert (chosen.labels, len(chosen)) == (("b", "a"), 2)
    assert chosen.pixels[:, 0, 0, 0].tolist() == [2, 1]
    assert images.subset(np.array([1, 0])).select(range(1)).labels == ("b",)
    assert images.select([]).pixels.shape == (0, 10, 20, 1)


def test_few_unreadable_images_are_skipped_and_named():
    samples = [sample("a", i) for i in range(100)] + [sample("b", data=b"broken")]
    images = load_images(samples, CONFIG)
    assert len(images) == 100
    assert [u.name for u in images.skipped] == ["b-0.png"]
    message = "1 of 101 images are unreadable, but in strict mode none may be"
    with pytest.raises(DataError, match=message) as caught:
        load_images(samples, CONFIG, strict=True)
    assert caught.value.code == "IMAGES_UNREADABLE"


def test_many_unreadable_images_are_an_error():
    samples = [sample("a", i) for i in range(98)] + [sample("b", data=b"x"), sample("c", data=b"")]
    with pytest.raises(DataError, match="2 of 100 images"):
        load_images(samples, CONFIG)


def test_a_missing_file_is_unreadable():
    def read() -> bytes:
        raise FileNotFoundError("gone")

    with pytest.raises(DataError, match="gone"):
        load_images([Sample("x.png", "a", read)], CONFIG)


def test_identical_images_under_different_labels_are_an_error():
    with pytest.raises(DataError, match=r"a-5.png = b-5.png") as caught:
        load_images([sample("a", 5), sample("c", 6), sample("b", 5)], CONFIG)
    assert caught.value.code == "CONFLICTING_LABELS"
    load_images([sample("a", 5), sample("a", 5)], CONFIG)


def test_labels_that_differ_in_case_only_do_not_conflict_where_case_does_not_matter():
    samples = [sample("aB", 5), sample("Ab", 5)]
    with pytest.raises(DataError, match="Identical images"):
        load_images(samples, CONFIG)
    for case in ("lower", "upper", "ignore"):
        assert load_images(samples, replace(CONFIG, case=case)).labels == ("aB", "Ab")


def test_loading_no_samples_gives_an_empty_set():
    images = load_images([], CONFIG)
    assert images.pixels.shape == (0, 10, 20, 1)
    assert images.pixels.dtype == np.uint8


def test_only_some_of_many_identical_images_are_named():
    samples = [sample("ab"[i % 2] * (i + 1), 5) for i in range(9)]
    with pytest.raises(DataError, match=r"aaa-5.png = bbbb-5.png = 5 more \(blank"):
        load_images(samples, CONFIG)


def test_animations_of_which_one_frame_is_used_are_named():
    buffer = io.BytesIO()
    first, second = (Image.new("L", (20, 10), shade) for shade in (0, 255))
    first.putpixel((3, 3), 255)
    first.save(buffer, "GIF", save_all=True, append_images=[second])
    moving = Sample("moving.gif", "ab", buffer.getvalue)
    with pytest.warns(DataWarning, match=r"first frame is used of 1 animations: moving\.gif\."):
        images = load_images([moving], CONFIG)
    assert images.pixels[0, 3, 3] == 255
    assert images.pixels[0].sum() == 255
