import numpy as np

from captcha_model.data.transforms.augmentation import Augmentation
from captcha_model.data.transforms.neutral import neutral_copy
from captcha_model.training.augment import augmentation_of, augmented_copies


def batch(synthetic):
    return np.repeat(synthetic.pixels[:6], 3, axis=-1)


def test_nothing_changes_without_strengths():
    assert augmentation_of({}) is None


def test_neutral_changes_depend_on_the_seed(synthetic):
    pixels = batch(synthetic)
    changed = augmentation_of({"neutral": 1.0})
    assert changed is not None
    first = changed(pixels, (1, 2, 3))
    assert (first.dtype, first.shape) == (np.float32, pixels.shape)
    np.testing.assert_array_equal(first, changed(pixels, (1, 2, 3)))
    assert (first != changed(pixels, (1, 2, 4))).any()
    random = np.random.default_rng((1, 2, 3, 2))
    np.testing.assert_allclose(first[0] * 255, neutral_copy(pixels[0], random), atol=1e-4)


def test_other_changes_follow_the_neutral_ones(synthetic):
    pixels = batch(synthetic)
    both = augmentation_of({"neutral": 0.5, "noise": 1.0})
    alone = augmentation_of({"neutral": 0.5})
    noise = augmentation_of({"noise": 1.0})
    assert both is not None
    assert alone is not None
    assert isinstance(noise, Augmentation)
    before = np.round(alone(pixels, (4,)) * 255).astype(np.uint8)
    np.testing.assert_array_equal(both(pixels, (4,)), noise(before, (4,)))


def test_copies_keep_the_order_and_the_widths():
    pixels = tuple(np.full((8, width, 3), 40 * width, np.uint8) for width in (4, 6, 4))
    copies = augmented_copies(pixels, {"neutral": 1.0}, seed=2)
    assert [copy.shape for copy in copies] == [image.shape for image in pixels]
    assert any((copy != image).any() for copy, image in zip(copies, pixels, strict=True))
    again = augmented_copies(pixels, {"neutral": 1.0}, seed=2)
    assert all((one == other).all() for one, other in zip(copies, again, strict=True))
    assert augmented_copies(pixels, {}, seed=2) is pixels
