import numpy as np

from captcha_model.data.synthetic.looks.displays import draw_dot_matrix, draw_segments
from captcha_model.data.synthetic.looks.fonts import FontBook


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_a_dot_matrix_display_shows_the_text():
    book = FontBook()
    for seed in range(10):
        one, other = (np.asarray(draw_dot_matrix(t, book, rng(seed))) for t in ("111", "811"))
        assert one.shape == other.shape
        changed = np.nonzero((one != other).any(axis=(0, 2)))[0]
        # Digits of the built-in font are equally wide, so only the first one changes.
        assert len(changed) > 2
        assert changed.max() < one.shape[1] / 2


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
