import numpy as np

from captcha_model.data.synthetic.looks.fonts import FontBook
from captcha_model.data.synthetic.looks.tickets import draw_ticket

BOOK = FontBook()


def test_the_text_is_darker_than_the_paper():
    for seed in range(30):
        text = ("7", "12:30", "#A1B2", "WWWWWWWWWW")[seed % 4]
        grey = np.asarray(draw_ticket(text, BOOK, np.random.default_rng(seed)).convert("L"), int)
        dark = np.median(grey) - grey > 40
        assert 0.005 < dark.mean() < 0.6


def test_the_text_changes_the_picture():
    for seed in range(10):
        one, other = (
            np.asarray(draw_ticket(text, BOOK, np.random.default_rng(seed)), int)
            for text in ("1111", "8111")
        )
        if one.shape == other.shape:
            assert (np.abs(one - other).max(axis=2) > 40).any()
