import numpy as np
import pytest

from captcha_model.config import CaptchaConfig
from captcha_model.data.samples import label_lengths
from captcha_model.data.synthetic.looks.drawn_images import DrawnImages, families_of
from captcha_model.data.synthetic.looks.families import FAMILIES
from captcha_model.data.synthetic.looks.renderer import LookRenderer
from captcha_model.data.synthetic.looks.texts import CHARACTERS, MAX_LENGTH
from captcha_model.errors import DataError
from captcha_model.images.preprocessing import prepare

CONFIG = CaptchaConfig(CHARACTERS, "general", 48, 288, 3, "scale", 96)


def test_families_of_a_source():
    assert families_of("synthetic:any") == FAMILIES
    assert families_of("synthetic:plain,drums,plain") == ("plain", "drums")
    assert families_of("synthetic:any,-drums") == tuple(f for f in FAMILIES if f != "drums")
    assert families_of("synthetic:-drums,plain") == ("plain",)


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("synthetic:", "SOURCE_NOT_FOUND"),
        ("synthetic:plan", "SOURCE_NOT_FOUND"),
        ("synthetic:any,-plan", "SOURCE_NOT_FOUND"),
        ("synthetic:plain,-any", "SOURCE_NOT_FOUND"),
        ("synthetic:plain,-plain", "SOURCE_EMPTY"),
    ],
)
def test_a_source_without_a_meaning(source, code):
    with pytest.raises(DataError) as caught:
        families_of(source)
    assert caught.value.code == code


@pytest.mark.slow
def test_the_images_are_those_of_the_renderer():
    families = ("plain", "segments")
    drawn = DrawnImages(CONFIG, seed=3, fonts=None, families=families, count=100, workers=2)
    try:
        indices = [5, *range(40), 1_000_000]
        images = drawn.select(indices)
    finally:
        drawn.close()
    assert len(drawn) == 100
    assert label_lengths(drawn) == (1, MAX_LENGTH)
    renderer = LookRenderer(3, None, families)
    for index, pixels, label, name in zip(
        indices, images.pixels, images.labels, images.names, strict=True
    ):
        look = renderer.draw(index)
        assert (label, name) == (look.text, f"{look.family} {index}")
        np.testing.assert_array_equal(pixels, prepare(look.image, CONFIG).pixels)


def test_images_without_text_count_for_the_lengths():
    for families, shortest in ((("plain",), 1), (("plain", "empty"), 0)):
        drawn = DrawnImages(CONFIG, seed=0, fonts=None, families=families, count=1, workers=1)
        drawn.close()
        assert drawn.label_lengths == (shortest, MAX_LENGTH)


def test_errors_come_before_the_processes_start(tmp_path):
    with pytest.raises(DataError):
        DrawnImages(CONFIG, seed=0, fonts=tmp_path, families=("plain",), count=1, workers=1)
