import numpy as np
import pytest

from captcha_model.data.transforms.random_affine import STRENGTHS, transformed
from captcha_model.training.run_config.settings import AUGMENTATIONS


def changed(strengths: dict[str, float], images: np.ndarray, seed: int = 0) -> np.ndarray:
    return transformed(images, np.random.default_rng(seed), strengths)


def moments(images: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return the centre of the ink of each image and its second moments: x, y, xx, xy, yy."""
    ink = images[:, 0] / images.sum(axis=(1, 2, 3))[:, None, None]
    y, x = np.indices(ink.shape[1:])
    centre_x, centre_y = (ink * x).sum(axis=(1, 2)), (ink * y).sum(axis=(1, 2))
    x, y = x - centre_x[:, None, None], y - centre_y[:, None, None]
    return (centre_x, centre_y, *((ink * p).sum(axis=(1, 2)) for p in (x * x, x * y, y * y)))


@pytest.fixture
def blots() -> np.ndarray:
    """Three hundred equal ellipses in the centre of 61x101 pixels, 1 on 0."""
    y, x = np.indices((61, 101))
    ellipse = np.exp(-0.5 * (((x - 50) / 12) ** 2 + ((y - 30) / 5) ** 2)).astype(np.float32)
    return np.repeat(ellipse[None, None], 300, axis=0)


def test_no_strength_changes_nothing(blots):
    assert changed({}, blots) == pytest.approx(blots, abs=1e-6)


def test_shifts_are_fractions_of_the_sides_in_both_directions(blots):
    x, y, *_ = moments(changed({"shift_x": 0.1}, blots))
    assert np.abs(x - 50).max() <= 10.2
    assert np.quantile(x - 50, (0.1, 0.9)) == pytest.approx([-8.1, 8.1], abs=1.5)
    assert y == pytest.approx(np.full(300, 30), abs=0.05)
    x, y, *_ = moments(changed({"shift_y": 0.1}, blots))
    assert np.quantile(y - 30, (0.1, 0.9)) == pytest.approx([-4.9, 4.9], abs=1.0)
    assert x == pytest.approx(np.full(300, 50), abs=0.05)


def test_rotation_is_in_degrees_and_keeps_the_shape(blots):
    x, y, xx, xy, yy = moments(changed({"rotation": 20}, blots))
    angles = np.degrees(np.arctan2(2 * xy, xx - yy) / 2)
    assert np.abs(angles).max() <= 20.5
    assert np.quantile(angles, (0.1, 0.9)) == pytest.approx([-16, 16], abs=2.5)
    assert x == pytest.approx(np.full(300, 50), abs=0.1)
    assert y == pytest.approx(np.full(300, 30), abs=0.1)
    assert xx + yy == pytest.approx(np.full(300, 12**2 + 5**2), rel=0.03)


def test_zoom_changes_each_side_independently(blots):
    _, _, xx, xy, yy = moments(changed({"zoom": 0.2}, blots))
    for widths in (np.sqrt(xx) / 12, np.sqrt(yy) / 5):
        assert widths.min() >= 1 / 1.21
        assert widths.max() <= 1 / 0.79
        assert np.ptp(widths) > 0.3
    assert np.abs(np.corrcoef(xx, yy)[0, 1]) < 0.2
    assert np.abs(xy).max() < 0.3


def test_shear_keeps_rows(blots):
    _, _, _, xy, yy = moments(changed({"shear": 0.5}, blots))
    shears = xy / yy
    assert np.abs(shears).max() <= 0.51
    assert np.quantile(shears, (0.1, 0.9)) == pytest.approx([-0.4, 0.4], abs=0.08)
    assert yy == pytest.approx(np.full(300, 25), rel=0.02)


def test_edges_are_extended():
    halves = np.zeros((50, 3, 20, 40), np.float32)
    halves[..., 20:] = 1
    moved = changed({"shift_x": 0.3, "shift_y": 0.3}, halves)
    assert (moved[..., 0] == 0).all()
    assert (moved[..., -1] == 1).all()


def test_the_result_depends_on_the_seed_only(blots):
    strengths = dict.fromkeys(STRENGTHS, 0.1)
    one = changed(strengths, blots[:5], seed=3)
    assert (changed(strengths, blots[:5], seed=3) == one).all()
    assert (changed(strengths, blots[:5], seed=4) != one).any()


def test_the_strongest_changes_stay_within_the_extended_image():
    images = np.full((60, 1, 20, 40), 0.7, np.float32)
    strongest = {name: AUGMENTATIONS[name] for name in STRENGTHS}
    assert changed(strongest, images) == pytest.approx(images, abs=1e-6)
