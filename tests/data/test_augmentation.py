import keras
import numpy as np
import pytest

from captcha_model.config import CaptchaConfig
from captcha_model.data.augmentation import Augmentation, RandomMorphology, RandomStrike
from captcha_model.training.settings import AUGMENTATIONS, DEFAULT_AUGMENTATION


@pytest.fixture(scope="module")
def augmentation():
    return Augmentation(CaptchaConfig("abc"), DEFAULT_AUGMENTATION)


def test_images_stay_images(augmentation, drawn):
    changed = augmentation(drawn.pixels, (0, 0, 0))
    assert (changed.shape, changed.dtype) == (drawn.pixels.shape, np.float32)
    assert changed.min() >= 0
    assert changed.max() <= 1
    difference = np.abs(changed - drawn.pixels / 255).mean(axis=(1, 2, 3))
    assert (difference > 0.01).all()
    assert (difference < 0.4).all()


def test_the_seed_alone_decides(augmentation, drawn):
    first = augmentation(drawn.pixels, (1, 2, 3))
    augmentation(drawn.pixels, (9, 9, 9))
    assert (augmentation(drawn.pixels, (1, 2, 3)) == first).all()
    assert (augmentation(drawn.pixels, (1, 2, 4)) != first).any()
    other = Augmentation(CaptchaConfig("abc"), DEFAULT_AUGMENTATION)
    assert (other(drawn.pixels, (1, 2, 3)) == first).all()


def test_strikes_are_dark_and_hit_their_share():
    layer = RandomStrike(50, 200, rate=0.5)
    white = np.ones((400, 50, 200, 1), np.float32)
    struck = keras.ops.convert_to_numpy(layer(white, training=True))
    hit = (struck.min(axis=(1, 2, 3)) < 0.2).mean()
    assert hit == pytest.approx(0.5, abs=0.1)
    assert 0.9 < struck.mean() < 0.995
    assert (keras.ops.convert_to_numpy(layer(white, training=False)) == 1).all()


def test_strikes_fit_other_sizes_and_colours():
    layer = RandomStrike(32, 100, rate=1.0, bank=4)
    colour = np.ones((2, 32, 100, 3), np.float32)
    assert layer(colour, training=True).shape == colour.shape
    assert layer.compute_output_shape((None, 32, 100, 3)) == (None, 32, 100, 3)


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_each_change_works_alone_and_changes_something(name, drawn):
    strength = DEFAULT_AUGMENTATION.get(name, 1.0)
    changed = Augmentation(CaptchaConfig("abc"), {name: strength})(drawn.pixels, (1, 2))
    assert changed.shape == drawn.pixels.shape
    assert np.abs(changed - drawn.pixels / np.float32(255)).max() > 0.02


def test_strokes_become_thinner_or_thicker_in_their_share():
    images = np.ones((400, 8, 8, 1), np.float32)
    images[:, 3:6, 3:6] = 0
    layer = RandomMorphology(0.5)
    ink = (1 - keras.ops.convert_to_numpy(layer(images, training=True))).sum(axis=(1, 2, 3))
    assert set(ink.tolist()) == {4.0, 9.0, 16.0}
    assert (ink == 4).mean() == pytest.approx(0.25, abs=0.08)
    assert (ink == 16).mean() == pytest.approx(0.25, abs=0.08)
    assert (keras.ops.convert_to_numpy(layer(images, training=False)) == images).all()
