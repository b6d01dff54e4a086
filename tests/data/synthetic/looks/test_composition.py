import numpy as np

from captcha_model.data.synthetic.looks.composition import compose
from captcha_model.data.synthetic.looks.family import Family
from captcha_model.data.synthetic.looks.fonts import FontBook

BOOK = FontBook()


def picture(text: str, family: Family, seed: int) -> np.ndarray:
    return np.asarray(compose(text, family, BOOK, np.random.default_rng(seed)))


def test_a_text_is_all_that_stands_on_a_flat_ground():
    family = Family("text alone", grounds=("flat",), under=0)
    for seed in range(20):
        pixels = picture("H8H8", family, seed).astype(int)
        ink = np.abs(pixels - pixels[0, 0]).sum(axis=2) > 60
        rows, columns = np.nonzero(ink)
        assert 0.02 < ink.mean() < 0.6
        assert columns.min() > 0
        assert columns.max() < ink.shape[1] - 1
        assert columns.max() - columns.min() > 0.3 * ink.shape[1]
        assert rows.max() - rows.min() >= 5


def test_colours_of_characters():
    family = Family("colours", grounds=("flat",), under=0, own_colour=1.0, stroke=1.0)
    assert len(np.unique(picture("HHHHHH", family, 2).reshape(-1, 3), axis=0)) > 12


def test_a_shadow_and_an_inversion_change_the_picture():
    plain, shadow, bands = (
        picture("HHHH", Family("one", grounds=("flat",), under=0, **options), 4)
        for options in ({}, {"shadow": 1.0}, {"bands": 1.0})
    )
    assert (plain != shadow).any(axis=2).mean() > 0.01
    ground = plain[0, 0]
    inverse = (bands == 255 - ground).all(axis=2).mean()
    assert 0.05 < inverse < 0.95


def test_no_text_leaves_the_ground():
    family = Family("nothing", grounds=("flat",), under=0, shadow=1.0)
    for seed in range(5):
        assert len(np.unique(picture("", family, seed).reshape(-1, 3), axis=0)) == 1
