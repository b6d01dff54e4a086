from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from captcha_model.config import CaptchaConfig
from captcha_model.images.preprocessing import prepare, scaled_width, to_batch
from captcha_model.prediction import Frame

CONFIG = CaptchaConfig("abc")
PADDED = CaptchaConfig("abc", height=10, width=20, resize="pad")


def test_colour_is_kept_for_a_colour_network():
    red = np.zeros((10, 20, 3), np.uint8)
    red[..., 0] = 200
    prepared = prepare(red, CaptchaConfig("abc", height=10, width=20, channels=3))
    assert (prepared.pixels == red).all()
    assert prepare(red, CaptchaConfig("abc", height=10, width=20)).pixels.max() == 60


def test_other_sizes_are_stretched_and_their_own_size_is_kept():
    prepared = prepare(Image.new("L", (320, 90)), CONFIG)
    assert prepared.pixels.shape == (50, 200, 1)
    assert prepared.frame == Frame(320, 90)


def test_a_narrow_image_is_padded_at_the_right_with_its_borders_colour():
    image = np.full((10, 8), 200, np.uint8)
    image[2:8, 2:6] = 0
    prepared = prepare(image, PADDED)
    assert (prepared.pixels[:, :8, 0] == image).all()
    assert (prepared.pixels[:, 8:] == 200).all()
    assert prepared.frame == Frame(8, 10, 0.4)


def test_a_long_image_is_padded_above_and_below():
    image = np.full((4, 20), 30, np.uint8)
    prepared = prepare(np.repeat(np.repeat(image, 2, 0), 2, 1), PADDED)
    assert (prepared.pixels == 30).all()
    image[1:3, 1:19] = 250
    padded = prepare(image, PADDED)
    assert (padded.pixels[3:7, :, 0] == image).all()
    assert (padded.pixels[:3] == 30).all() and (padded.pixels[7:] == 30).all()
    assert padded.frame.filled == 1.0


def test_padding_is_coloured_for_a_colour_network():
    image = np.full((10, 5, 3), (10, 20, 30), np.uint8)
    image[5, 2] = 255
    config = CaptchaConfig("abc", height=10, width=20, channels=3, resize="pad")
    assert (prepare(image, config).pixels[:, 5:] == (10, 20, 30)).all()


@given(st.integers(4, 200), st.integers(4, 200), st.integers(0, 255))
def test_padding_keeps_the_ratio(width, height, shade):
    prepared = prepare(np.full((height, width), shade, np.uint8), PADDED)
    assert prepared.pixels.shape == PADDED.input_shape
    assert (prepared.pixels == shade).all()
    assert 0 < prepared.frame.filled <= 1
    columns = max(1, min(20, 10 * width / height))
    assert prepared.frame.filled * 20 == pytest.approx(columns, abs=0.5)


def test_a_batch_is_float32_from_zero_to_one():
    batch = to_batch(np.full((2, 2, 3, 1), [[[[255]]], [[[0]]]], np.uint8))
    assert (batch.shape, batch.dtype) == ((2, 2, 3, 1), np.float32)
    assert batch[0] == pytest.approx(1.0)
    assert (batch[1] == 0).all()


SCALED = CaptchaConfig("abc", "general", 48, 288, 3, "scale", 96)


@pytest.mark.parametrize(
    ("size", "width"),
    [
        ((48, 48), 96),
        ((96, 48), 96),
        ((106, 48), 112),
        ((120, 40), 144),
        ((150, 50), 144),
        ((200, 50), 160),
        ((192, 16), 288),
        ((900, 20), 288),
        ((20, 400), 96),
    ],
)
def test_the_width_follows_the_image(size, width):
    image = Image.new("RGB", size, (10, 200, 30))
    prepared = prepare(image, SCALED)
    assert prepared.pixels.shape == (48, width, 3)
    assert prepared.frame == Frame(*size)
    assert (prepared.pixels == [10, 200, 30]).all()


def test_small_text_in_a_large_image_gets_the_height():
    image = Image.new("RGB", (300, 200), "white")
    image.paste("black", (100, 60, 180, 80))
    prepared = prepare(image, replace(SCALED, trim=True))
    assert prepared.frame == Frame(300, 200, left=97, right=183)
    assert prepared.pixels.shape == (48, 144, 3)
    assert (prepared.pixels.min(axis=(1, 2)) < 128).sum() == pytest.approx(48 * 20 / 26, abs=1)
    assert (prepared.pixels[6:-7, 6:-6] == 0).all()
    assert prepare(image, SCALED).pixels.shape == (48, 96, 3)


def test_trimming_an_image_of_the_networks_height_changes_it_too():
    image = Image.new("RGB", (96, 48), "white")
    image.paste("black", (10, 10, 60, 40))
    trimmed = prepare(image, replace(SCALED, trim=True))
    assert (trimmed.frame.left, trimmed.frame.right) == (6, 64)
    assert trimmed.pixels.shape == (48, 96, 3)
    assert (trimmed.pixels != prepare(image, SCALED).pixels).any()


def test_wider_images_never_become_narrower():
    widths = [scaled_width(width, 40, SCALED) for width in range(1, 900)]
    assert widths == sorted(widths)
    assert set(widths) == set(range(96, 289, 16))
