from dataclasses import replace

import numpy as np
import pytest

from captcha_model import CaptchaModel
from captcha_model.config import MOST_VIEWS, CaptchaConfig
from captcha_model.images.by_width import widths
from captcha_model.inference.views import other_widths
from tests.conftest import EXAMPLES
from tests.random_models import random_model

ANY_WIDTH = CaptchaConfig(
    "abc", "general", 32, 96, 3, "scale", 32, options={"filters": 4, "dense": 8, "lstm": 8}
)


@pytest.fixture(scope="module")
def general() -> CaptchaModel:
    return CaptchaModel.from_pretrained("general")


def test_the_widths_are_those_of_the_model():
    pixels = tuple(np.full((32, width, 3), 7, np.uint8) for width in (32, 64, 96))
    found = [widths(view).tolist() for view in other_widths(pixels, ANY_WIDTH, MOST_VIEWS)]
    assert found == [[32, 48, 80], [32, 80, 96], [32, 48, 64], [48, 96, 96]]
    assert len(list(other_widths(pixels, ANY_WIDTH, 2))) == 1
    assert not list(other_widths(pixels, ANY_WIDTH, 1))


def test_only_unsure_readings_are_looked_at_again():
    model = random_model("general", width=96, channels=3, resize="scale", min_width=32)
    images = [np.random.default_rng(n).integers(0, 256, (40, 80, 3), np.uint8) for n in range(3)]
    once = model.predict(images, min_confidence=0.0)
    assert model.predict(images, min_confidence=0.0, views=3) == once
    again = model.predict(images, min_confidence=1.0, views=3)
    assert [r.confidence for r in again] != [r.confidence for r in once]
    # A reading does not depend on the images beside it.
    alone = [model.predict(image, min_confidence=1.0, views=3) for image in images]
    for one, other in zip(alone, again, strict=True):
        assert one.text == other.text
        assert one.confidence == pytest.approx(other.confidence, rel=1e-4)
    inspected = model.inspect(images[0], min_confidence=1.0, views=3)
    assert inspected.reading.text == again[0].text


def test_a_model_has_views_of_its_own_that_a_reading_overrides():
    model = random_model("general", width=96, channels=3, resize="scale", min_width=32)
    images = [np.random.default_rng(n).integers(0, 256, (40, 80, 3), np.uint8) for n in range(3)]
    one, three = (model.predict(images, min_confidence=1.0, views=n) for n in (1, 3))
    assert one != three
    assert model.predict(images, min_confidence=1.0) == one
    model.config = replace(model.config, views=3)
    assert model.predict(images, min_confidence=1.0) == three
    assert model.predict(images, min_confidence=1.0, views=1) == one


def test_a_model_of_one_width_has_one_view(model):
    path = EXAMPLES / "1.png"
    assert model.predict(path, views=2, min_confidence=1.0) == model.predict(
        path, min_confidence=1.0
    )


def test_views_agree_on_what_is_easy(general):
    path = EXAMPLES / "1.png"
    first, mean = (general.predict(path, min_confidence=1.0, views=n) for n in (1, 5))
    assert 0 < mean.confidence < 1
    assert len(first.text) == len(mean.text) == 5
    assert mean.characters[0].left < mean.characters[-1].left
