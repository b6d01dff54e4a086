import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from captcha_model.calibration.image_statistics import COUNTS, TOLERANCES, measure

SHAPES = st.tuples(st.just(1), st.integers(4, 9), st.integers(4, 11), st.sampled_from((1, 3)))
images = SHAPES.flatmap(lambda shape: arrays.arrays(np.uint8, shape))


def brute_force(image: np.ndarray) -> list[float]:
    """Measure one image (H, W, C) as the table says, a pixel at a time."""
    height, width, channels = image.shape
    grey = [[sum(map(int, pixel)) // channels for pixel in row] for row in image]
    flat = sorted(value for row in grey for value in row)
    contrast = max(deviation(flat), 1.0)
    middle = flat[(len(flat) - 1) // 2]
    levels = [flat[round(share * (len(flat) - 1))] for share in (0.02, 0.25, 0.75, 0.98)]
    coarse = [
        [
            sum(grey[y + i][x + j] for i in (0, 1) for j in (0, 1)) / 4
            for x in range(0, width // 2 * 2, 2)
        ]
        for y in range(0, height // 2 * 2, 2)
    ]
    columns = list(zip(*grey, strict=True))
    relative = [
        *(mean_step(lines) for lines in (grey, columns, coarse, zip(*coarse, strict=True))),
        deviation([sum(column) / height for column in columns]),
        deviation([sum(row) / width for row in grey]),
    ]
    return [
        middle / 255,
        math.log(contrast / 255),
        *((level - middle) / contrast for level in levels),
        *(math.log(value / contrast + 0.02) for value in relative),
        *(
            [float(np.mean([max(p) - min(p) for r in image for p in r.tolist()])) / 255]
            * (channels == 3)
        ),
    ]


def deviation(values) -> float:
    mean = sum(values) / len(values)
    return math.sqrt(sum((v - mean) ** 2 for v in values) / len(values))


def mean_step(lines) -> float:
    steps = [abs(b - a) for line in lines for a, b in itertools.pairwise(line)]
    return sum(steps) / len(steps)


@settings(deadline=None)
@given(images)
def test_the_figures_are_their_definition(pixels):
    assert measure(pixels)[0].tolist() == pytest.approx(brute_force(pixels[0]), abs=1e-4)


def test_the_figures_of_a_chessboard():
    board = np.indices((8, 8)).sum(axis=0) % 2 * 200
    statistics = dict(
        zip(TOLERANCES, measure(board[None, ..., None].astype(np.uint8))[0], strict=False)
    )
    assert statistics == pytest.approx(
        {
            "brightness": 0,
            "log contrast": math.log(100 / 255),
            "level 2 %": 0,
            "level 25 %": 0,
            "level 75 %": 2,
            "level 98 %": 2,
            "log edges x, fine": math.log(2.02),
            "log edges y, fine": math.log(2.02),
            "log edges x, coarse": math.log(0.02),
            "log edges y, coarse": math.log(0.02),
            "log columns": math.log(0.02),
            "log rows": math.log(0.02),
        }
    )


def test_colour_is_one_figure_more():
    red = np.zeros((2, 8, 8, 3), np.uint8)
    red[1, ..., 0] = 255
    statistics = measure(red)
    assert statistics.shape == (2, COUNTS[3]) == (2, COUNTS[1] + 1) == (2, len(TOLERANCES))
    assert statistics[:, -1].tolist() == [0, 1]
    assert statistics[1, 0] == 85 / 255


@given(images)
def test_colour_without_colour_is_grey(pixels):
    grey = pixels[..., :1]
    statistics = measure(np.repeat(grey, 3, axis=3))
    assert (statistics[:, :-1] == measure(grey)).all()
    assert (statistics[:, -1] == 0).all()


@given(st.integers(0, 2**32), st.integers(-60, 60))
def test_light_and_shade_change_the_brightness_alone(seed, shift):
    pixels = np.random.default_rng(seed).integers(60, 196, (1, 12, 20, 1))
    before, after = (measure((pixels + s).astype(np.uint8))[0] for s in (0, shift))
    assert after[0] - before[0] == pytest.approx(shift / 255)
    assert after[1:] == pytest.approx(before[1:], abs=1e-4)


@given(st.integers(0, 2**32), st.integers(2, 5))
def test_contrast_changes_brightness_and_contrast_alone(seed, factor):
    pixels = np.random.default_rng(seed).integers(0, 51, (1, 12, 20, 1))
    before, after = (measure((pixels * f).astype(np.uint8))[0] for f in (1, factor))
    assert after[1] - before[1] == pytest.approx(math.log(factor), abs=1e-4)
    assert after[2:] == pytest.approx(before[2:], abs=1e-4)


@given(st.integers(0, 2**32))
def test_a_mirrored_image_has_the_same_figures_and_a_turned_one_swaps_axes(seed):
    pixels = np.random.default_rng(seed).integers(0, 256, (1, 12, 20, 1), np.uint8)
    statistics = measure(pixels)[0]
    assert measure(pixels[:, :, ::-1])[0] == pytest.approx(statistics, abs=1e-4)
    turned = measure(pixels.transpose(0, 2, 1, 3))[0]
    assert turned[[7, 6, 9, 8, 11, 10]] == pytest.approx(statistics[6:12], abs=1e-4)


def test_many_images_are_measured_as_each_alone():
    pixels = np.random.default_rng(0).integers(0, 256, (150, 8, 8, 1), np.uint8)
    alone = np.concatenate([measure(image[None]) for image in pixels])
    assert measure(pixels) == pytest.approx(alone, abs=1e-5)
    assert measure(pixels[:0]).shape == (0, 12)


@pytest.mark.parametrize("level", [0, 128, 255])
def test_one_colour_has_finite_figures(level):
    statistics = measure(np.full((1, 50, 200, 1), level, np.uint8))[0]
    assert np.isfinite(statistics).all()
    assert statistics[:2] == pytest.approx([level / 255, math.log(1 / 255)])
