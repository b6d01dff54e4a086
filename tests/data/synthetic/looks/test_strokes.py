import numpy as np
import pytest
from PIL import Image, ImageDraw

from captcha_model.data.synthetic.looks import strokes


def drawn(shape, seed: int, size=(200, 60)) -> np.ndarray:
    image = Image.new("RGB", size, "white")
    shape(ImageDraw.Draw(image), size, (0, 0, 0), np.random.default_rng(seed))
    return np.asarray(image.convert("L")) == 0


@pytest.mark.parametrize("shape", [strokes.taper, strokes.hairlines])
def test_strokes_over_the_whole_width(shape):
    for seed in range(10):
        columns = np.nonzero(drawn(shape, seed).any(axis=0))[0]
        assert columns.max() - columns.min() > 0.5 * 200


def test_a_stroke_gets_thinner():
    ratios = []
    for seed in range(20):
        thickness = drawn(strokes.taper, seed).sum(axis=0)
        inked = thickness[thickness > 0]
        first, last = inked[:20].mean(), inked[-20:].mean()
        ratios.append(max(first, last) / min(first, last))
    assert max(ratios) > 1.6


def test_lines_in_both_directions():
    shapes = [drawn(strokes.chords, seed) for seed in range(20)]
    across = [np.ptp(np.nonzero(shape.any(axis=0))[0]) for shape in shapes]
    down = [np.ptp(np.nonzero(shape.any(axis=1))[0]) for shape in shapes]
    assert max(across) > 120
    assert max(down) > 40


def test_dashes_are_many_and_specks_are_dense():
    assert 0.005 < np.mean([drawn(strokes.dashes, seed).mean() for seed in range(20)]) < 0.2
    assert 0.04 < np.mean([drawn(strokes.snow, seed).mean() for seed in range(20)]) < 0.14


def test_pepper_is_specks_and_lines():
    for seed in range(10):
        ink = drawn(strokes.pepper, seed)
        specks = drawn(strokes.snow, seed)
        assert 0.04 < ink.mean() < 0.25
        # Most of the pixels stand alone or in twos; a line has more neighbours.
        assert ink[1:, 1:].sum() > 0.5 * specks[1:, 1:].sum()
    alone = [drawn(strokes.snow, seed).sum() for seed in range(30)]
    with_lines = [drawn(strokes.pepper, seed).sum() for seed in range(30)]
    assert np.mean(with_lines) > np.mean(alone) + 100
