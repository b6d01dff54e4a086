from dataclasses import replace

import numpy as np
import pytest

from captcha_model.data.samples import LabelledImages
from captcha_model.training.builder import Builder, KeepingBuilder
from captcha_model.training.loop import fit
from captcha_model.training.run_config.settings import TrainingSettings

pytestmark = pytest.mark.slow

SETTINGS = TrainingSettings(epochs=2, batch_size=4, seed=3, augmentation={}, outlier_share=0)
LABELS = ("ab", "ba", "aab", "b")


@pytest.fixture(scope="module")
def images(small_config) -> LabelledImages:
    pixels = np.random.default_rng(1).integers(0, 256, (8, *small_config.input_shape), np.uint8)
    return LabelledImages(pixels, LABELS * 2, tuple(map(str, range(8))))


def trained(config, images, settings, builder):
    fitted = fit(config, images, None, settings, builder=builder)
    return [w.copy() for w in fitted.model.network.get_weights()]


@pytest.mark.parametrize("mixed_precision", [False, True])
def test_trainings_with_a_network_that_is_kept_are_those_with_new_ones(
    small_config, images, mixed_precision
):
    settings = replace(SETTINGS, mixed_precision=mixed_precision)
    parts = [images.select(range(4)), images.select(range(4, 8)), images.select(range(4))]
    builder = KeepingBuilder()
    kept = [trained(small_config, part, settings, builder) for part in parts]
    anew = [trained(small_config, part, settings, Builder()) for part in parts[:2]]
    for weights, expected in zip(kept, [*anew, anew[0]], strict=True):
        for a, b in zip(weights, expected, strict=True):
            np.testing.assert_array_equal(a, b)
    assert any((a != b).any() for a, b in zip(kept[0], kept[1], strict=True))


def test_only_what_is_alike_is_kept(small_config):
    builder = KeepingBuilder()
    first = builder.network(small_config, SETTINGS, 10)
    assert builder.network(small_config, SETTINGS, 10) is first
    assert builder.float32(small_config) is builder.float32(small_config)
    assert builder.network(small_config, SETTINGS, 11) is not first
    first = builder.network(small_config, replace(SETTINGS, seed=4), 10)
    assert builder.network(replace(small_config, characters="abx"), SETTINGS, 10) is not first
