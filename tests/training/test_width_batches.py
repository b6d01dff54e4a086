import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from captcha_model.data.samples import LabelledImages
from captcha_model.images.by_width import stack
from captcha_model.training.width_batches import STRETCH, batches_by_width


def images(widths: list[int], channels: int = 3) -> LabelledImages:
    pixels = [np.full((8, width, channels), n, np.uint8) for n, width in enumerate(widths)]
    labels = tuple(map(str, range(len(widths))))
    return LabelledImages(stack(pixels), labels, labels)


@given(
    st.lists(st.sampled_from([16, 32, 48, 96]), min_size=4, max_size=12), st.sampled_from([1, 3])
)
def test_every_image_is_in_one_batch_of_one_width(widths, channels):
    widths = widths[: len(widths) // 4 * 4]
    batches = batches_by_width(images(widths, channels), 4, np.random.default_rng(1))
    assert sorted(int(label) for _, labels in batches for label in labels) == [*range(len(widths))]
    for pixels, labels in batches:
        assert pixels.shape[:2] == (4, 8)
        assert pixels.shape[2] % 16 == 0
        assert pixels.shape[3] == channels
        numbers = [int(label) for label in labels]
        assert pixels[:, 0, 0, 0].tolist() == numbers
        chosen = [widths[n] for n in numbers]
        assert min(chosen) <= pixels.shape[2] <= max(chosen)


def test_images_of_about_one_width_are_together():
    batches = batches_by_width(images([96, 16, 96, 16]), 2, np.random.default_rng(1))
    assert sorted(pixels.shape[2] for pixels, _ in batches) == [16, 96]


def test_a_batch_is_as_wide_as_its_longest_label_needs():
    pixels = stack([np.zeros((8, width, 3), np.uint8) for width in (96, 96, 96, 144)])
    found = LabelledImages(pixels, ("a", "b", "c", "11002200334455667788"), ("",) * 4)
    ((pixels, labels),) = batches_by_width(found, 4, np.random.default_rng(1))
    assert sorted(labels) == ["11002200334455667788", "a", "b", "c"]
    assert pixels.shape[2] == 128  # Its 30 steps are 120 columns; the mean width is 108.


def test_the_order_of_batches_is_random():
    first = [
        batches_by_width(images([16, 32, 48, 96]), 1, np.random.default_rng(seed))[0][0].shape[2]
        for seed in range(30)
    ]
    assert set(first) == {16, 32, 48, 96}


@given(st.integers(0, 2**32 - 1))
def test_batches_are_stretched_within_bounds(seed):
    batches = batches_by_width(images([128] * 8), 2, np.random.default_rng(seed), (112, 160))
    for pixels, labels in batches:
        assert pixels.shape[:2] == (2, 8)
        assert pixels.shape[2] in (112, 128, 144, 160)
        assert pixels[:, 0, 0, 0].tolist() == [int(label) for label in labels]


def test_stretches_have_all_factors():
    batches = batches_by_width(images([320] * 200), 1, np.random.default_rng(2), (16, 1024))
    factors = np.array([pixels.shape[2] / 320 for pixels, _ in batches])
    assert factors.min() == pytest.approx(STRETCH[0], abs=0.06)
    assert factors.max() == pytest.approx(STRETCH[1], abs=0.06)
    again = batches_by_width(images([320] * 200), 1, np.random.default_rng(2), (16, 1024))
    assert [pixels.shape for pixels, _ in again] == [pixels.shape for pixels, _ in batches]
