"""Where ink is found, beside a plain search through all pixels."""

import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from captcha_model._utils import native
from captcha_model.images import trim
from captcha_model.images.arrays import to_pixels
from captcha_model.images.trim import ink_box


def found_by_hand(pixels: np.ndarray, step: int = 1) -> tuple[int, int, int, int]:
    """The box of a reference that looks at one pixel after the other."""
    height, width, channels = pixels.shape
    ground = [
        statistics.median_low(pixels[..., k].ravel().tolist()[::step]) for k in range(channels)
    ]
    ink = [
        (x, y)
        for y in range(height)
        for x in range(width)
        if any(abs(int(pixels[y, x, k]) - ground[k]) > 16 for k in range(channels))
    ]
    if not ink:
        return (0, 0, 0, 0)
    columns, rows = [x for x, _ in ink], [y for _, y in ink]
    return (min(columns), min(rows), max(columns) + 1, max(rows) + 1)


def both(image: Image.Image, step: int = 1) -> list[tuple[int, int, int, int]]:
    pixels = to_pixels(image)
    return [trim._ink(pixels, step), *([trim._compiled(pixels, step)] if native.core else [])]


images = st.tuples(st.integers(1, 9), st.integers(1, 9), st.sampled_from([1, 3])).flatmap(
    # Few levels, so that some images are nearly even.
    lambda shape: arrays(np.uint8, shape, elements=st.sampled_from([0, 10, 16, 17, 33, 255]))
)


@given(images, st.integers(1, 90))
def test_ink_is_found_as_by_hand(pixels, step):
    image = Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)
    assert set(both(image, step)) == {found_by_hand(pixels, step)}


def test_the_ground_of_a_large_image_is_that_of_some_of_its_pixels():
    image = Image.new("L", (1000, 400), 200)
    image.paste(0, (300, 100, 700, 300))
    assert ink_box(image) == (270, 70, 730, 330)
    assert set(both(image, 97)) == {(300, 100, 700, 300)}


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_the_margin_follows_the_height_of_the_ink(mode):
    image = Image.new(mode, (200, 100), 0 if mode == "L" else (250, 250, 250))
    image.paste(200 if mode == "L" else (0, 0, 250), (50, 30, 120, 70))
    assert ink_box(image) == (44, 24, 126, 76)
    image.paste(200 if mode == "L" else (0, 0, 250), (0, 99, 200, 100))
    assert ink_box(image) == (0, 20, 200, 100)


def test_little_ink_has_a_margin_too():
    image = Image.new("L", (40, 40))
    image.paste(255, (10, 10, 18, 17))
    assert ink_box(image) == (8, 8, 20, 19)


def test_dirt_is_not_enlarged():
    image = Image.new("L", (40, 40))
    image.paste(255, (10, 10, 15, 30))
    assert ink_box(image) == (0, 0, 40, 40)


@pytest.mark.parametrize("size", [(1, 1), (5, 300), (300, 5)])
def test_an_even_image_stays_whole(size):
    assert ink_box(Image.new("RGB", size, (9, 99, 199))) == (0, 0, *size)


def test_a_pale_letter_beside_dark_ones_is_kept():
    image = Image.new("L", (200, 60), 255)
    image.paste(0, (20, 20, 60, 40))
    image.paste(235, (120, 20, 140, 40))
    assert ink_box(image) == (17, 17, 143, 43)


def test_a_gradient_stays_whole():
    ramp = np.tile(np.linspace(0, 255, 120).astype(np.uint8), (40, 1))
    assert ink_box(Image.fromarray(ramp)) == (0, 0, 120, 40)


def test_a_ground_that_compression_changed_is_still_even():
    random = np.random.default_rng(4)
    pixels = random.integers(230, 245, (60, 160, 3), np.uint8)
    pixels[20:40, 50:90] = 60
    assert ink_box(Image.fromarray(pixels)) == (47, 17, 93, 43)


def test_without_the_core_the_box_is_the_same(monkeypatch):
    image = Image.new("L", (60, 40), 100)
    image.paste(117, (20, 10, 40, 30))
    boxes = [ink_box(image)]
    monkeypatch.setattr(native, "core", None)
    assert [*boxes, (17, 7, 43, 33)] == [(17, 7, 43, 33), ink_box(image)]
