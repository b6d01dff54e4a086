import numpy as np
import pytest

from captcha_model.data.synthetic.looks.fonts import FontBook
from captcha_model.data.synthetic.looks.surfaces import draw_drums, draw_serial

BOOK = FontBook()


def rng(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize("draw", [draw_drums, draw_serial])
def test_the_text_changes_the_picture(draw):
    for seed in range(10):
        one, other = (draw(text, BOOK, rng(seed)) for text in ("1111", "8111"))
        assert one.mode == "RGB"
        if one.size == other.size:
            changed = np.nonzero((np.asarray(one) != np.asarray(other)).any(axis=(0, 2)))[0]
            assert len(changed) > 2
            # The first character is in the left half, wherever the rest moves.
            assert changed.min() < one.width / 2
