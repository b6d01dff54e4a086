import numpy as np
import pytest
from PIL import Image, ImageDraw

from captcha_model.data.synthetic.looks import screens

SIZE = (200, 60)


def drawn(shape, seed: int) -> np.ndarray:
    image = Image.new("RGB", SIZE, "white")
    shape(ImageDraw.Draw(image), SIZE, (0, 0, 0), np.random.default_rng(seed))
    return np.asarray(image.convert("L")) == 0


def test_static_is_dense_and_everywhere():
    for seed in range(20):
        ink = drawn(screens.static, seed)
        assert 0.1 < ink.mean() < 0.36
        parts = ink[:, :200].reshape(2, 30, 8, 25).mean(axis=(1, 3))
        assert parts.max() - parts.min() < 0.12


@pytest.mark.parametrize("shape", [screens.ripples, screens.mesh])
def test_lines_at_equal_distances_reach_everywhere(shape):
    for seed in range(30):
        ink = drawn(shape, seed)
        columns, rows = ink.any(axis=0), ink.any(axis=1)
        # In one direction at least they are close everywhere.
        gaps = [np.diff(np.nonzero(line)[0]).max(initial=0) for line in (columns, rows)]
        assert min(gaps) <= 24
        assert columns.mean() > 0.05
        assert rows.mean() > 0.05


def test_a_mesh_has_rows_or_columns_or_both():
    rows = [drawn(screens.mesh, seed).all(axis=1).any() for seed in range(40)]
    columns = [np.ptp(np.nonzero(drawn(screens.mesh, seed).any(axis=0))[0]) for seed in range(40)]
    assert 10 < sum(rows) < 38
    assert min(columns) > 150


def test_beams_go_from_edge_to_edge():
    for seed in range(20):
        ink = drawn(screens.beams, seed)
        ends = (ink[0].any(), ink[-1].any(), ink[:, 0].any(), ink[:, -1].any())
        assert sum(ends) >= 2


def test_bubbles_are_of_many_sizes_and_bars_are_few():
    shares = [drawn(screens.bubbles, seed).mean() for seed in range(40)]
    assert min(shares) < 0.02
    assert 0.03 < max(shares) < 0.3
    shares = [drawn(screens.bars, seed).mean() for seed in range(40)]
    assert 0.003 < np.mean(shares) < 0.05
