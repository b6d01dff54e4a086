import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

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


@given(
    arrays(np.uint8, st.tuples(*[st.integers(1, 6)] * 2, st.sampled_from([1, 3]))),
)
def test_the_box_of_what_differs_from_the_border(pixels):
    values = pixels.astype(float)
    border = [*values[0], *values[-1], *values[:, 0], *values[:, -1]]
    ground = np.median(border, axis=0)
    places = [
        (y, x)
        for y in range(pixels.shape[0])
        for x in range(pixels.shape[1])
        if any(abs(values[y, x] - ground) > 48)
    ]
    expected = (0, 0, pixels.shape[1], pixels.shape[0])
    if places:
        rows, columns = zip(*places, strict=True)
        expected = (min(columns), min(rows), max(columns) + 1, max(rows) + 1)
    assert shown_box(pixels) == expected


@pytest.mark.parametrize("seed", [0, 1, 6])
def test_contrast_and_brightness_change_every_colour(seed):
    pixels = np.full((30, 90, 3), (10, 128, 250), np.uint8)
    random = np.random.default_rng(seed)
    random.uniform(-1, 1, 6)  # How the image is moved, which here changes nothing.
    assert (random.random(3) > 0.2).all(), "a seed without blur, compression and noise"
    contrast, brightness = 1 + random.uniform(-0.2, 0.2, 3), random.uniform(-20, 20, 3)
    expected = [
        min(max(round((v - 128) * c + 128 + b), 0), 255)
        for v, c, b in zip((10, 128, 250), contrast, brightness, strict=True)
    ]
    copy = neutral_copy(pixels, np.random.default_rng(seed))
    assert (copy == expected).all()


def test_an_image_without_anything_is_its_own_box():
    assert shown_box(np.full((20, 60, 3), 7, np.uint8)) == (0, 0, 60, 20)
