import numpy as np
import pytest

from captcha_model.data.transforms.augmentation import Augmentation
from captcha_model.data.transforms.jpeg import JPEG_QUALITIES, with_keras_cv, with_pillow
from captcha_model.training.run_config.settings import AUGMENTATIONS, DEFAULT_AUGMENTATION

# The neutral changes are in a module of their own.
EVERYTHING = {name: most / 4 for name, most in AUGMENTATIONS.items() if name != "neutral"}


@pytest.fixture(scope="module")
def augmentation():
    return Augmentation(EVERYTHING)


@pytest.mark.parametrize("strengths", [DEFAULT_AUGMENTATION, EVERYTHING])
def test_images_keep_their_shape_and_range(strengths, synthetic):
    changed = Augmentation(strengths)(synthetic.pixels, (0, 0, 0))
    assert (changed.shape, changed.dtype) == (synthetic.pixels.shape, np.float32)
    assert changed.min() >= 0
    assert changed.max() <= 1
    difference = np.abs(changed - synthetic.pixels / 255).mean(axis=(1, 2, 3))
    assert (difference > 0.01).all()
    assert (difference < 0.4).all()


def test_the_result_depends_on_the_seed_only(augmentation, synthetic):
    first = augmentation(synthetic.pixels, (1, 2, 3))
    augmentation(synthetic.pixels, (9, 9, 9))
    assert (augmentation(synthetic.pixels, (1, 2, 3)) == first).all()
    assert (augmentation(synthetic.pixels, (1, 2, 4)) != first).any()
    other = Augmentation(EVERYTHING)
    assert (other(synthetic.pixels, (1, 2, 3)) == first).all()


@pytest.mark.parametrize("name", EVERYTHING)
def test_each_transform_alone_changes_images(name, synthetic):
    changed = Augmentation({name: EVERYTHING[name]})(synthetic.pixels, (1, 2))
    assert changed.shape == synthetic.pixels.shape
    assert changed.min() >= 0
    assert changed.max() <= 1
    assert np.abs(changed - synthetic.pixels / np.float32(255)).max() > 0.02


@pytest.mark.parametrize("name", ["strike_lines", "morphology", "cutout", "blur", "noise", "jpeg"])
def test_a_fraction_of_the_images_changes(name, synthetic):
    many = np.concatenate([synthetic.pixels] * 10)
    changed = Augmentation({name: 0.3})(many, (5,))
    hit = (np.abs(changed - many / np.float32(255)) > 1e-5).any(axis=(1, 2, 3)).mean()
    assert hit == pytest.approx(0.3, abs=0.12)


def test_the_channels_of_a_grey_image_stay_equal(synthetic):
    grey = np.repeat(synthetic.pixels, 3, axis=-1)
    strengths = {n: s for n, s in EVERYTHING.items() if n not in ("noise", "jpeg")}
    changed = Augmentation(strengths)(grey, (3,))
    np.testing.assert_allclose(changed, np.repeat(changed[..., :1], 3, axis=-1), atol=1e-6)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("quality", JPEG_QUALITIES)
def test_both_ways_of_jpeg_agree(synthetic, channels, quality):
    images = np.repeat(synthetic.pixels / np.float32(255), channels, axis=-1)
    one, other = with_keras_cv(images, quality), with_pillow(images, quality)
    assert (one.shape, one.dtype) == (other.shape, other.dtype)
    assert np.abs(one - other).mean() < 0.01
    assert 0.001 < np.abs(one - images).mean() < 0.1


def test_without_strengths_nothing_changes(synthetic):
    same = Augmentation({})(synthetic.pixels, (1,))
    assert np.abs(same - synthetic.pixels / np.float32(255)).max() < 1e-6
