"""Where the rows of small text are found."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image, ImageDraw, ImageFont

from captcha_model.images.text_rows import text_rows, window_of


def noise(width: int, height: int, seed: int = 1) -> Image.Image:
    pixels = np.random.default_rng(seed).integers(150, 256, (height, width, 3), np.uint8)
    return Image.fromarray(pixels)


def written(image: Image.Image, top: int, size: int) -> Image.Image:
    """An image with a dark text whose letters begin some rows below the top."""
    draw = ImageDraw.Draw(image)
    draw.text((image.width // 4, top), "XHEB8N", "black", ImageFont.load_default(size))
    return image


def whole(image: Image.Image) -> tuple[int, int, int, int]:
    return (0, 0, *image.size)


def ink_rows(top: int, size: int) -> tuple[int, int]:
    """The first row of a text, and the one behind the last."""
    rows = np.flatnonzero(
        (np.asarray(written(Image.new("L", (600, 600), 255), top, size)) < 128).any(axis=1)
    )
    return int(rows[0]), int(rows[-1]) + 1


@pytest.mark.parametrize(("top", "size"), [(20, 26), (70, 26), (120, 30), (60, 60)])
@pytest.mark.parametrize("seed", range(3))
def test_small_text_on_noise_is_found(top, size, seed):
    image = written(noise(300, 200, seed), top, size)
    found = text_rows(image, whole(image))
    assert found is not None
    first, last = ink_rows(top, size)
    assert found[0] <= first < last <= found[1]
    # A margin of a quarter on both sides, and what smoothing adds.
    assert found[1] - found[0] <= 2.2 * (last - first)


def test_the_rows_are_those_of_the_image_though_only_a_part_is_looked_at():
    image = written(noise(300, 400), 250, 30)
    image.paste("black", (0, 0, 300, 150))
    first, last = text_rows(image, (20, 180, 280, 390)) or (0, 0)
    inked = ink_rows(250, 30)
    assert 180 <= first <= inked[0] < inked[1] <= last <= 390


@pytest.mark.parametrize(
    "image",
    [
        Image.new("RGB", (200, 100), "white"),
        noise(200, 100),
        written(noise(300, 80), 2, 70),
        Image.new("L", (1, 1)),
        Image.new("RGB", (400, 9), "red"),
        Image.fromarray(np.eye(120, dtype=np.uint8) * 255),
    ],
    ids=["plain", "noise", "text as high as the image", "a pixel", "low", "a slope"],
)
def test_where_no_part_of_the_height_stands_out_there_is_no_window(image):
    assert text_rows(image, whole(image)) is None


def found_by_hand(excess: list[float]) -> tuple[int, int]:
    """The least window with nearly all of it, the first of several, of all that there are."""
    count, all_of_it = len(excess), sum(excess)
    windows = [
        (last - first, first, last)
        for first in range(count)
        for last in range(first, count + 1)
        if sum(excess[first:last]) >= 0.95 * all_of_it * (1 - 1e-7)
    ]
    _, first, last = min(windows)
    return first, last


@given(arrays(np.float64, st.integers(8, 23), elements=st.integers(0, 30)))
def test_the_window_is_the_least_one(by_row):
    # Fewer than 24 rows are not smoothed.
    found = window_of(by_row)
    quiet = np.sort(by_row)[: max(4, int(0.35 * len(by_row)))]
    over = max(0.1 * quiet.mean(), 3 * quiet.std())
    stands_out = by_row.max() - quiet.mean() >= max(0.3 * quiet.mean(), 8 * quiet.std(), 1)
    assert (found is not None) == stands_out
    if found:
        assert found == found_by_hand(np.maximum(0, by_row - quiet.mean() - over).tolist())


@given(arrays(np.float64, st.integers(1, 200), elements=st.floats(0, 96)))
def test_a_window_lies_within_the_rows(by_row):
    first, last = window_of(by_row) or (0, 1)
    assert 0 <= first < last <= len(by_row)
