import numpy as np

from captcha_model.data.synthetic.looks.families import FAMILIES
from captcha_model.data.synthetic.looks.fonts import FontBook
from captcha_model.data.synthetic.looks.kaptcha_look import draw_kaptcha
from captcha_model.data.synthetic.looks.renderer import LookRenderer


def test_it_has_the_size_and_the_ground_of_the_synthesizer_and_any_font():
    book = FontBook()
    images = [draw_kaptcha("ab12", book, np.random.default_rng(seed)) for seed in range(8)]
    assert {image.size for image in images} == {(200, 50)}
    assert all(150 < np.median(np.asarray(image)) < 255 for image in images)
    assert len({image.tobytes() for image in images}) == 8


def test_it_is_drawn_by_name_only():
    assert "kaptcha" not in FAMILIES
    assert LookRenderer(1, families=["kaptcha"]).draw(0).family == "kaptcha"
    renderer = LookRenderer(1, families=[*FAMILIES, "kaptcha"])
    names = [renderer.family(index) for index in range(2000)]
    assert 30 < names.count("kaptcha") < 140
