from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from captcha_model import CaptchaModel, evaluate
from captcha_model.config import MOST_VIEWS, Calibration, CaptchaConfig
from captcha_model.data.dataset import load_dataset
from captcha_model.decoding.best_path import BEAM_WIDTH
from captcha_model.decoding.mixture import View, mixture
from captcha_model.images.by_width import widths
from captcha_model.images.preprocessing import prepare
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


def test_a_reading_that_a_constraint_forces_is_looked_at_again():
    model = random_model("general", width=96, channels=3, resize="scale", min_width=32)
    image = np.random.default_rng(1).integers(0, 256, (40, 80, 3), np.uint8)
    # The only allowed text is certain, given that it is allowed.
    only = {"pattern": "ab", "min_confidence": 0.5}
    once, again = (model.predict(image, **only, views=n) for n in (1, 3))
    assert (once.confidence, again.confidence) == pytest.approx((1, 1))
    assert 0 < once.constraint_probability < 0.01
    assert again.constraint_probability != once.constraint_probability
    # Where the image may show it, one look is enough.
    enough = {**only, "min_constraint_probability": once.constraint_probability / 2}
    assert model.predict(image, **enough, views=3) == model.predict(image, **enough, views=1)


def test_a_model_has_views_of_its_own_that_a_reading_overrides():
    model = random_model("general", width=96, channels=3, resize="scale", min_width=32)
    images = [np.random.default_rng(n).integers(0, 256, (40, 80, 3), np.uint8) for n in range(3)]
    one, three = (model.predict(images, min_confidence=1.0, views=n) for n in (1, 3))
    assert one != three
    assert model.predict(images, min_confidence=1.0) == one
    model.config = replace(model.config, views=3)
    assert model.predict(images, min_confidence=1.0) == three
    assert model.predict(images, min_confidence=1.0, views=1) == one


def close_model(**options) -> CaptchaModel:
    size = {"height": 32, "width": 192, "min_width": 32, "channels": 3, "resize": "scale"}
    return random_model("general", **size, **options)


def small_text(seed: int) -> np.ndarray:
    """Noise, and steeper noise in a band of its rows."""
    random = np.random.default_rng(seed)
    image = random.integers(120, 136, (120, 200, 3), np.uint8)
    image[50 + seed : 75 + seed, 40:160] = random.integers(0, 256, (25, 120, 3), np.uint8)
    return image


def test_small_text_is_looked_at_more_closely():
    plain, model = close_model(), close_model(closer=True)
    image = small_text(3)
    prepared = prepare(image, model.config)
    assert prepared.closer is not None
    assert prepared.closer.shape == (32, 128, 3)
    once = plain.predict(image, min_confidence=0.0)
    assert model.predict(image, min_confidence=0.0) == once
    # Its probability is the mean over both views.
    views = [
        View(plain.logits(pixels[None]), np.array([pixels.shape[1]]))
        for pixels in (prepared.pixels, prepared.closer)
    ]
    head = plain._architecture.output
    wanted = mixture(views, head, temperature=1.0, constraint=None, beam_width=BEAM_WIDTH)
    found = model.predict(image, min_confidence=1.0)
    assert found.text == plain.vocabulary.decode(wanted.texts[0])
    assert found.confidence == pytest.approx(np.exp(wanted.neighbours.text[0]), rel=1e-4)
    assert found != once
    assert all(0 <= c.left < c.right <= 200 for c in found.characters)
    # A model without the setting does not use one that it is given.
    pixels = prepared.pixels[None]
    given = {0: prepared.closer}
    assert plain.predict_pixels(pixels, given) == plain.predict_pixels(pixels)
    # Other widths are views beside it.
    several = model.predict(image, min_confidence=1.0, views=3)
    assert several.confidence not in {found.confidence, once.confidence}


def test_images_with_a_closer_look_are_read_as_each_alone(tmp_path):
    model = close_model(closer=True)
    flat = np.random.default_rng(1).integers(0, 256, (40, 80, 3), np.uint8)
    images = [small_text(1), flat, small_text(2), flat[:, :50], small_text(4)]
    for views in (1, 2):
        together = model.predict(images, min_confidence=1.0, views=views)
        for image, found in zip(images, together, strict=True):
            alone = model.predict(image, min_confidence=1.0, views=views)
            assert (found.text, found.width) == (alone.text, alone.width)
            assert found.confidence == pytest.approx(alone.confidence, rel=1e-3)
    inspected = list(model.inspect_stream(images, batch_size=5, min_confidence=1.0))
    again = [each.reading.text for each in inspected]
    assert again == [r.text for r in model.predict(images, min_confidence=1.0)]
    for n, image in enumerate(images):
        Image.fromarray(image).save(tmp_path / f"{'abcde'[n]}.png")
    data = load_dataset(tmp_path, model.config, split="all")
    assert sorted(data.closer) == [0, 2, 4]
    chosen = data.select([4, 1, 0]).joined(data.select([3, 2]))
    assert sorted(chosen.closer) == [0, 2, 4]
    assert chosen.closer[0] is data.closer[4]
    assert chosen.closer[4] is data.closer[2]
    model.config = replace(model.config, calibration=Calibration(min_confidence=1.0))
    found = model.predict([tmp_path / f"{letter}.png" for letter in "abcde"])
    evaluated = evaluate(model, data).readings
    assert [r.reading for r in evaluated] == [r.text for r in found]
    confidences = [r.confidence for r in evaluated]
    assert confidences == pytest.approx([r.confidence for r in found], rel=1e-3)


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
