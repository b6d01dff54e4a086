from dataclasses import replace

import numpy as np
import pytest

from captcha_model.config import CaptchaConfig
from captcha_model.data.samples import LabelledImages
from captcha_model.data.synthetic.looks.drawn_images import DrawnImages
from captcha_model.training.drawn_and_labelled import DrawnAndLabelled
from captcha_model.training.resume.fingerprint import fingerprint_of
from captcha_model.training.run_config.settings import TrainingSettings

CONFIG = CaptchaConfig("ab", "general", 48, 288, 3, "scale", 96)
IMAGES = LabelledImages(
    np.zeros((3, 48, 96, 3), np.uint8), ("ab", "a", "b"), ("1.png", "2.png", "3.png")
)
SETTINGS = TrainingSettings()


def told(training, config=CONFIG, settings=SETTINGS):
    return fingerprint_of(config, training, settings, 1)


def test_what_decides_the_weights_is_told():
    assert told(IMAGES) == told(replace(IMAGES, names=("x", "y", "z"))), "in a folder that moved"
    assert told(IMAGES) != told(IMAGES.with_labels(str.upper))
    assert told(IMAGES) != told(IMAGES.select([1, 0, 2])), "in another order"
    assert told(IMAGES) != told(IMAGES, settings=replace(SETTINGS, seed=1))
    assert told(IMAGES) == told(IMAGES, settings=replace(SETTINGS, workers=2, minutes=3.0))
    assert told(IMAGES) == told(IMAGES, replace(CONFIG, closer=True, views=3))
    assert told(IMAGES)["devices"] == 1


def test_texts_are_not_mixed_up_with_their_neighbours():
    one, other = (IMAGES.select([0, 1]), IMAGES.select([1, 0]))
    assert told(one.with_labels({"ab": "a", "a": "bb"}.get)) != told(
        other.with_labels({"ab": "b", "a": "ab"}.get)
    )


@pytest.fixture
def drawn():
    made = []

    def call(families, fonts=None):
        options = {"seed": 0, "count": 8, "workers": 1, "fonts": fonts}
        made.append(DrawnImages(CONFIG, families=families, **options))
        return made[-1]

    yield call
    for images in made:
        images.close()


def test_which_looks_are_drawn_in_which_fonts_is_told(drawn, tmp_path):
    plain = drawn(["plain"])
    assert told(plain)["families"] == ["plain"]
    assert told(plain) == told(drawn(["plain"]))
    assert told(plain)["families"] != told(drawn(["plain", "plates"]))["families"]
    (font,) = [path for path in plain.fonts if path == "DejaVuSans.ttf"]
    (tmp_path / font).write_bytes(_dejavu().read_bytes())
    assert told(plain)["fonts"] != told(drawn(["plain"], tmp_path))["fonts"]


def test_which_labelled_images_are_among_the_drawn_ones_is_told(drawn):
    both = DrawnAndLabelled(drawn(["plain"]), IMAGES, 0.25, seed=1)
    assert told(both)["labelled"] == [0.25, 3]
    assert told(both)["families"] == ["plain"]
    assert told(both) != told(replace(both, share=0.5))
    assert told(both) != told(replace(both, labelled=IMAGES.with_labels(str.upper)))


def _dejavu():
    from captcha_model.data.synthetic.looks.fonts import FontBook

    return next(f.path for f in FontBook().fonts if f.path and f.path.name == "DejaVuSans.ttf")
