import numpy as np
import pytest

from captcha_model.data.synthetic.looks.displays import draw_dot_matrix, draw_segments
from captcha_model.data.synthetic.looks.fonts import FontBook
from captcha_model.data.synthetic.looks.plates import draw_drums, draw_plate, draw_serial

BOOK = FontBook()


def rng(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize("draw", [draw_dot_matrix, draw_drums, draw_plate, draw_serial])
def test_the_text_changes_the_picture(draw):
    for seed in range(10):
        one, other = (draw(text, BOOK, rng(seed)) for text in ("1111", "8111"))
        assert one.mode == "RGB"
        if one.size == other.size:
            changed = np.nonzero((np.asarray(one) != np.asarray(other)).any(axis=(0, 2)))[0]
            assert len(changed) > 2
            # The first character is in the left half, wherever the rest moves.
            assert changed.min() < one.width / 2


def test_the_segments_of_a_one_are_among_those_of_an_eight():
    for seed in range(10):
        one, eight = (np.asarray(draw_segments(t, rng(seed)), int) for t in ("111", "888"))
        assert one.shape == eight.shape
        ground = eight[0, 0]
        lit = [np.abs(picture - ground).sum(axis=2) > 100 for picture in (one, eight)]
        assert lit[0].sum() < 0.5 * lit[1].sum()
        assert not (lit[0] & ~lit[1]).any()


def test_a_point_is_as_wide_as_nothing():
    for seed in range(5):
        with_point, without = (draw_segments(text, rng(seed)) for text in ("1.23", "123"))
        assert with_point.size == without.size
        assert with_point.tobytes() != without.tobytes()
