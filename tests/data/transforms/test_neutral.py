import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from captcha_model.data.transforms.neutral import neutral_copy, shown_box

MARKS = ((220, 0, 0), (0, 200, 0), (0, 0, 220), (0, 0, 0))


def marked(width: int, height: int, left: int, top: int, right: int, bottom: int):
    """Return a white image with a mark of another colour in each corner of a box."""
    pixels = np.full((height, width, 3), 255, np.uint8)
    corners = [(x, y) for x in (left, right - 5) for y in (top, bottom - 5)]
    for colour, (x, y) in zip(MARKS, corners, strict=True):
        pixels[y : y + 5, x : x + 5] = colour
    return pixels


@st.composite
def boxes(draw):
    width, height = draw(st.integers(30, 200)), draw(st.integers(24, 60))
    left, top = draw(st.integers(0, width - 12)), draw(st.integers(0, height - 12))
    right = draw(st.integers(left + 12, width))
    bottom = draw(st.integers(top + 12, height))
    return width, height, left, top, right, bottom


@given(boxes(), st.integers(0, 2**20))
def test_what_an_image_shows_stays_in_its_frame(box, seed):
    pixels = marked(*box)
    assert shown_box(pixels) == box[2:]
    changed = neutral_copy(pixels, np.random.default_rng(seed)).astype(int)
    assert changed.shape == pixels.shape
    # The colour of every mark is still there, whatever brightness and contrast made of it.
    ground = np.median(changed, axis=(0, 1))
    for colour in MARKS:
        darker = np.array(colour) < 128
        away = (ground - changed)[..., darker].min(axis=-1)
        kept = np.abs(ground - changed)[..., ~darker].max(axis=-1, initial=0)
        assert ((away > 50) & (kept < away)).any()


def test_no_strength_leaves_the_image_as_it_is():
    pixels = marked(100, 40, 3, 3, 90, 30)
    for seed in range(5):
        random = np.random.default_rng(seed)
        np.testing.assert_array_equal(neutral_copy(pixels, random, 0.0), pixels)


@pytest.mark.parametrize("channels", [1, 3])
def test_copies_depend_on_the_random_numbers_alone(channels):
    pixels = marked(100, 40, 3, 3, 90, 30)[..., :channels]
    first, again, other = (neutral_copy(pixels, np.random.default_rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_a_wide_image_is_turned_less():
    """The ends of a line move by at most a tenth of the height, and the shift is as small."""
    pixels = np.full((40, 240, 1), 255, np.uint8)
    pixels[19:21, 10:230] = 0
    for seed in range(30):
        rows = shown_box(neutral_copy(pixels, np.random.default_rng(seed)))
        assert rows[3] - rows[1] <= 2 * 0.1 * 40 + 4


def test_an_image_without_anything_is_its_own_box():
    assert shown_box(np.full((20, 60, 3), 7, np.uint8)) == (0, 0, 60, 20)
