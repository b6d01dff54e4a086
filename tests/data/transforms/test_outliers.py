import numpy as np
import pytest

from captcha_model.data.transforms.outliers import (
    KINDS,
    flipped,
    mirrored,
    random_outliers,
    shows_no_text,
    stacked,
    turned,
)


def image(rows: list[list[int]]) -> np.ndarray:
    return np.array(rows, np.uint8)[..., None]


CORNER = image([[1, 2, 3], [4, 5, 6]])


def test_the_kinds_on_a_small_image():
    assert turned(CORNER)[..., 0].tolist() == [[6, 5, 4], [3, 2, 1]]
    assert mirrored(CORNER)[..., 0].tolist() == [[3, 2, 1], [6, 5, 4]]
    assert flipped(CORNER)[..., 0].tolist() == [[4, 5, 6], [1, 2, 3]]


def test_padding_stays_at_the_right():
    padded = image([[1, 2, 9, 9], [3, 4, 9, 9]])
    assert mirrored(padded)[..., 0].tolist() == [[2, 1, 9, 9], [4, 3, 9, 9]]
    assert turned(padded)[..., 0].tolist() == [[4, 3, 9, 9], [2, 1, 9, 9]]


def test_an_even_image_stays_even():
    even = np.full((2, 3, 1), 7, np.uint8)
    for make in KINDS.values():
        assert (make(even, even) == 7).all()


@pytest.mark.parametrize("height", [8, 9])
def test_stacked_images_are_half_as_high(height):
    white, black = np.full((height, 2, 3), 255, np.uint8), np.zeros((height, 2, 3), np.uint8)
    both = stacked(white, black)
    assert both.shape == white.shape
    assert (both[: (height + 1) // 2] == 255).all()
    assert not both[(height + 1) // 2 :].any()


def test_displays_of_digits_that_read_upside_down_are_no_outliers():
    assert not shows_no_text("8086")
    assert not shows_no_text("OXO")
    assert shows_no_text("2b7g")


def test_outliers_are_made_of_images_whose_text_is_lost():
    images = np.arange(4, dtype=np.uint8)[:, None, None, None] * np.ones((4, 8, 9, 1), np.uint8)
    made = random_outliers(images, ["808", "g4", "xox", "ee"], 50, np.random.default_rng(0))
    assert made.shape == (50, 8, 9, 1)
    assert set(np.unique(made)) == {1, 3}
    assert not len(random_outliers(images, ["808"] * 4, 50, np.random.default_rng(0)))


def test_equal_states_make_equal_outliers():
    images = np.random.default_rng(1).integers(0, 256, (3, 8, 9, 1)).astype(np.uint8)
    first, second = (
        random_outliers(images, ["4", "g", "e"], 9, np.random.default_rng(5)) for _ in range(2)
    )
    np.testing.assert_array_equal(first, second)
