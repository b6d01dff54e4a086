import numpy as np

from captcha_model.data.synthetic.looks.dot_matrix import draw_dot_matrix
from captcha_model.data.synthetic.looks.fonts import FontBook


def test_a_dot_matrix_display_shows_the_text():
    book = FontBook()
    for seed in range(10):
        one, other = (
            np.asarray(draw_dot_matrix(text, book, np.random.default_rng(seed)))
            for text in ("111", "811")
        )
        assert one.shape == other.shape
        changed = np.nonzero((one != other).any(axis=(0, 2)))[0]
        # Digits of the built-in font are equally wide, so only the first one changes.
        assert len(changed) > 2
        assert changed.max() < one.shape[1] / 2
