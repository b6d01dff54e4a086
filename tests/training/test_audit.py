import dataclasses
import math
from itertools import product

import numpy as np
import pytest

from captcha_model.data.samples import LabelledImages
from captcha_model.model import CaptchaModel
from captcha_model.training.audit import audit
from captcha_model.training.run_config.settings import TrainingSettings
from captcha_model.training.suspicions import suspicions_of

pytestmark = pytest.mark.slow


def images_for(model, labels) -> LabelledImages:
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (len(labels), *model.config.input_shape), np.uint8)
    return LabelledImages(pixels, tuple(labels), tuple(f"{i}.png" for i in range(len(labels))))


def test_labels_are_judged_by_what_is_read(any_model):
    characters = any_model.config.characters
    images = images_for(any_model, [characters[0], characters[:2], characters[1] * 2])
    found = suspicions_of(any_model, images)
    readings = any_model.predict_pixels(images.pixels)
    assert [s.name for s in found] == list(images.names)
    assert [s.label for s in found] == list(images.labels)
    assert [s.reading for s in found] == readings
    assert all(s.log_probability < 0 for s in found)


def test_the_probability_of_what_is_read_is_its_confidence(any_model, pixels):
    readings = any_model.predict_pixels(pixels)
    labels = [r.text for r in readings]
    images = LabelledImages(pixels, tuple(labels), tuple(labels))
    for suspicion in suspicions_of(any_model, images):
        assert math.exp(suspicion.log_probability) == pytest.approx(
            suspicion.reading.confidence, rel=1e-6
        )
        assert not suspicion.contradicted


def test_every_image_is_judged_once(small_config):
    labels = ["".join(p) for p in product("abc", repeat=3)]
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (27, *small_config.input_shape), np.uint8)
    images = LabelledImages(pixels, tuple(labels), tuple(f"{i}.png" for i in range(27)))
    settings = TrainingSettings(epochs=1, epoch_images=1, batch_size=8)
    folds = list(audit(images, small_config, settings, 2))
    assert [fold.number for fold in folds] == [0, 1]
    audited = {s.name: s.label for fold in folds for s in fold.suspicions}
    assert sum(len(fold.suspicions) for fold in folds) == 27
    assert audited == dict(zip(images.names, labels, strict=True))


def test_labels_in_any_case(small_config):
    """Of a model that was trained to ignore case, the two cases of a label are one text."""
    config = dataclasses.replace(small_config, characters="abAB", case="ignore")
    model = CaptchaModel(config)
    labels = ["ab", "AB", "Ba"]
    images = images_for(model, labels)
    images = dataclasses.replace(images, pixels=np.repeat(images.pixels[:1], 3, axis=0))
    found = suspicions_of(model, images)
    assert [s.label for s in found] == ["ab", "ab", "ba"]
    assert found[0].log_probability == pytest.approx(found[1].log_probability)
    assert found[0].reading.text.islower() or not found[0].reading.text
