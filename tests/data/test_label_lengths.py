import numpy as np
import pytest

from captcha_model.config import CaptchaConfig
from captcha_model.data.label_lengths import check_image_lengths, check_lengths
from captcha_model.data.loading import summarize_labels
from captcha_model.data.samples import LabelledImages, Sample
from captcha_model.errors import DataError
from captcha_model.images.by_width import stack

CONFIG = CaptchaConfig("abc", height=10, width=20)
ANY_WIDTH = CaptchaConfig(
    "abc", "general", height=32, width=288, resize="scale", min_width=16, channels=3
)


def samples(*labels: str) -> list[Sample]:
    return [Sample(f"{label}.png", label, bytes) for label in labels]


def test_labels_must_fit_the_time_steps():
    check_lengths(samples("abcab"), CONFIG, summarize_labels(samples("abcab")))
    found = samples("abc", "aaabc")
    with pytest.raises(DataError, match=r"1 labels .*aaabc.png \(needs 7\)") as caught:
        check_lengths(found, CONFIG, summarize_labels(found))
    assert caught.value.code == "LABEL_TOO_LONG"


def images(widths: tuple[int, ...], labels: tuple[str, ...]) -> LabelledImages:
    pixels = stack([np.zeros((32, width, 3), np.uint8) for width in widths])
    return LabelledImages(pixels, labels, tuple(f"{n}.png" for n in range(len(labels))))


def test_a_label_must_fit_the_steps_of_its_own_image():
    check_image_lengths(images((16, 32), ("abca", "abcabcab")), ANY_WIDTH)
    with pytest.raises(DataError, match=r"1 labels .*: 0.png \(needs 5 of 4 steps\)") as caught:
        check_image_lengths(images((16, 32), ("abbc", "abbcabc")), ANY_WIDTH)
    assert caught.value.code == "LABEL_TOO_LONG"


def test_images_of_one_width_have_the_steps_of_the_network():
    check_image_lengths(images((16,), ("a" * 9,)), CONFIG)
