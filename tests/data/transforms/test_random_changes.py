from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from captcha_model.data.transforms import random_changes
from captcha_model.data.transforms.random_changes import (
    MAX_BLUR,
    MAX_BOX,
    MAX_NOISE,
    blur,
    change_some,
    cutout,
    draw_boxes,
    morphology,
    noise,
    strike_lines,
)

CHANGES = {
    "strike": strike_lines,
    "morphology": morphology,
    "brightness": partial(random_changes.brightness, strength=0.4),
    "contrast": partial(random_changes.contrast, strength=0.4),
    "noise": noise,
    "blur": blur,
    "cutout": cutout,
}
KEEPING_THE_RANGE = ("strike", "morphology", "brightness", "contrast", "blur", "cutout")


def images_of(count: int, height: int = 24, width: int = 60, channels: int = 1) -> np.ndarray:
    random = np.random.default_rng(count)
    return random.uniform(0, 1, (count, channels, height, width)).astype(np.float32)


def changed(change, images: np.ndarray, rate: float = 1.0, seed: int = 0) -> np.ndarray:
    copies = images.copy()
    change_some(copies, rate, change, np.random.default_rng(seed))
    return copies


@pytest.fixture(params=CHANGES)
def change(request):
    return CHANGES[request.param]


@pytest.mark.parametrize("channels", [1, 3])
def test_a_rate_of_0_changes_no_image_and_of_1_all(change, channels):
    images = images_of(6, channels=channels)
    assert (changed(change, images, 0.0) == images).all()
    every = changed(change, images, 1.0)
    assert (every.shape, every.dtype) == (images.shape, np.float32)
    assert (every != images).any(axis=(1, 2, 3)).all()


def test_the_rate_is_the_fraction_of_images_that_change(change):
    images = images_of(400, 8, 16)
    hit = (changed(change, images, 0.3) != images).any(axis=(1, 2, 3)).mean()
    assert hit == pytest.approx(0.3, abs=0.1)


def test_the_rate_is_right_on_average_where_it_is_no_whole_number_of_images():
    images, random = images_of(3), np.random.default_rng(0)
    counts = [len(change_some(images, 0.5, noise, random)) for _ in range(400)]
    assert set(counts) == {1, 2}
    assert np.mean(counts) == pytest.approx(1.5, abs=0.08)


def test_the_result_depends_on_the_seed_only(change):
    images = images_of(8)
    one = changed(change, images, 0.5, seed=3)
    assert (changed(change, images, 0.5, seed=3) == one).all()
    assert (changed(change, images, 0.5, seed=4) != one).any()


@pytest.mark.parametrize("name", KEEPING_THE_RANGE)
def test_images_stay_within_their_range(name):
    images = images_of(40, channels=3)
    images[:20] = images[:20].round()
    every = changed(CHANGES[name], images)
    assert every.min() >= 0
    assert every.max() <= 1 + 1e-6


def test_images_of_any_size_keep_their_shape(change):
    for shape in ((1, 8, 8, 1), (2, 9, 70, 3), (3, 50, 13, 1)):
        images = images_of(*shape)
        assert changed(change, images).shape == images.shape


def test_brightness_and_contrast_differ_by_image_and_up_to_their_strength():
    images = 0.4 + 0.2 * images_of(300, channels=3)
    random = np.random.default_rng(0)
    moved = random_changes.brightness(images.copy(), random, 0.2) - images
    assert np.ptp(moved, axis=(1, 2, 3)).max() < 1e-6
    assert np.quantile(moved[:, 0, 0, 0], (0, 0.1, 0.9, 1)) == pytest.approx(
        [-0.2, -0.16, 0.16, 0.2], abs=0.03
    )
    spread = random_changes.contrast(images.copy(), random, 0.5)
    assert spread.mean(axis=(2, 3)) == pytest.approx(images.mean(axis=(2, 3)), abs=1e-5)
    factors = spread.std(axis=(2, 3)) / images.std(axis=(2, 3))
    assert np.ptp(factors, axis=1).max() < 1e-4
    assert np.quantile(factors, (0, 0.1, 0.9, 1)) == pytest.approx([0.5, 0.6, 1.4, 1.5], abs=0.06)


def test_strike_lines_are_dark_and_on_a_fraction_of_the_images():
    white = np.ones((400, 1, 50, 200), np.float32)
    struck = changed(strike_lines, white, 0.5)
    hit = (struck.min(axis=(1, 2, 3)) < 0.2).mean()
    assert hit == pytest.approx(0.5, abs=0.1)
    assert 0.9 < struck.mean() < 0.995
    assert len(np.unique(struck.reshape(400, -1), axis=0)) > 100


def test_strike_lines_on_other_sizes_and_colours():
    colour = np.ones((2, 3, 32, 100), np.float32)
    struck = changed(strike_lines, colour)
    assert struck.shape == colour.shape
    assert (struck == struck[:, :1]).all()


def test_strokes_become_thinner_or_thicker():
    images = np.ones((400, 1, 8, 8), np.float32)
    images[:, :, 3:6, 3:6] = 0
    ink = (1 - changed(morphology, images, 0.5)).sum(axis=(1, 2, 3))
    assert set(ink.tolist()) == {4.0, 9.0, 16.0}
    assert (ink == 4).mean() == pytest.approx(0.25, abs=0.08)
    assert (ink == 16).mean() == pytest.approx(0.25, abs=0.08)


def test_noise_has_no_bias_and_a_deviation_per_image():
    grey = np.full((200, 1, 24, 60), 0.5, np.float32)
    added = changed(noise, grey) - grey
    deviations = added.std(axis=(1, 2, 3))
    assert added.mean() == pytest.approx(0, abs=0.01)
    assert added.mean(axis=(1, 2, 3)) / deviations == pytest.approx(np.zeros(200), abs=0.15)
    assert deviations.max() < 1.1 * MAX_NOISE
    assert np.quantile(deviations, (0.1, 0.9)) == pytest.approx(
        [0.1 * MAX_NOISE, 0.9 * MAX_NOISE], abs=0.07
    )


@settings(deadline=None, max_examples=20)
@given(st.floats(0, 1, width=32), st.integers(0, 1000), st.sampled_from([1, 3]))
def test_blur_keeps_an_image_of_one_colour(level, seed, channels):
    plain = np.full((2, channels, 16, 20), level, np.float32)
    assert changed(blur, plain, seed=seed) == pytest.approx(plain, abs=1e-5)


def test_blur_is_a_gaussian_in_both_directions_and_for_every_channel():
    dot = np.zeros((1, 3, 51, 81), np.float32)
    dot[0, :, 25, 40] = (1, 0.5, 0)
    offsets = {0: np.arange(51) - 25, 1: np.arange(81) - 40}
    widths = []
    for seed in range(20):
        blurred = changed(blur, dot, seed=seed)
        assert blurred.sum(axis=(0, 2, 3)) == pytest.approx([1, 0.5, 0], abs=1e-5)
        rows, columns = blurred[0, 0].sum(axis=1), blurred[0, 0].sum(axis=0)
        # A separable kernel is the product of its two profiles.
        assert blurred[0, 0] == pytest.approx(np.outer(rows, columns), abs=1e-6)
        spreads = [float((p * offsets[a] ** 2).sum()) ** 0.5 for a, p in ((0, rows), (1, columns))]
        assert spreads[0] == pytest.approx(spreads[1], abs=1e-3)
        widths.append(spreads[0])
    # A Gaussian cut off at two standard deviations is a little narrower.
    assert max(widths) <= MAX_BLUR * 51
    assert max(widths) > 3 * min(widths)


def test_blurred_edges_are_extended():
    halves = np.zeros((1, 1, 40, 60), np.float32)
    halves[..., 30:] = 1
    for seed in range(5):
        blurred = changed(blur, halves, seed=seed)[0, 0]
        assert blurred[:, :20] == pytest.approx(np.zeros((40, 20)), abs=1e-6)
        assert blurred[:, -20:] == pytest.approx(np.ones((40, 20)), abs=1e-5)
        assert np.ptp(blurred, axis=0).max() < 1e-5


@pytest.mark.parametrize(("height", "width"), [(50, 200), (20, 24)])
def test_boxes_are_no_larger_than_a_character(height, width):
    white = np.ones((300, 1, height, width), np.float32)
    white[..., ::2, ::2] = 0.9
    boxed = changed(cutout, white)
    longest = int(MAX_BOX * height) + 1
    areas = (boxed != white).sum(axis=(1, 2, 3))
    assert areas.max() <= 2 * longest**2
    assert areas.mean() > (0.1 * height) ** 2
    # Anywhere in the image, up to its edges.
    hit = (boxed != white).any(axis=(0, 1))
    assert hit.mean() > 0.95


@pytest.mark.parametrize("ink", [0.1, 0.9])
def test_the_colours_of_boxes(ink):
    images = np.full((900, 1, 20, 40), 0.5, np.float32)
    images[..., 30:] = ink
    extreme = np.full((900, 1, 1, 1), ink, np.float32)
    boxed = draw_boxes(images.copy(), extreme, np.random.default_rng(0))
    kinds = {"paper": 0, "ink": 0, "grey": 0}
    for image, original in zip(boxed, images, strict=True):
        colours = np.unique(image[image != original])
        # A box in the colour that it covers is invisible.
        if len(colours):
            (colour,) = colours
            kinds["paper" if colour == 0.5 else "ink" if colour == np.float32(ink) else "grey"] += 1
    assert kinds["grey"] == pytest.approx(300, abs=60)
    # A quarter of the pixels is ink, so 75 of the 300 boxes with the colour of a pixel are ink.
    # Most boxes in the ink colour are on paper; only some in the paper colour overlap the ink.
    assert 250 < kinds["ink"] < 375
    assert 40 < kinds["paper"] < 130


def test_the_ink_colour_on_light_and_on_dark_paper(monkeypatch):
    images = np.full((2, 3, 20, 40), 0.8, np.float32)
    images[0, :, 5, 7] = (0.1, 0.2, 0.3)
    images[1] = 0.2
    images[1, :, 5, 7] = (0.9, 0.8, 0.7)
    found = []
    monkeypatch.setattr(
        random_changes, "draw_boxes", lambda images, ink, random: found.append(ink) or images
    )
    cutout(images, np.random.default_rng(0))
    assert len(found) == 2
    np.testing.assert_allclose(found[0].reshape(2, 3), [(0.1, 0.2, 0.3), (0.9, 0.8, 0.7)])
