import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from captcha_model.config import TEMPERATURES
from captcha_model.decoding.best_path import log_softmax
from captcha_model.decoding.heads import CTC
from captcha_model.decoding.own_steps import join_steps
from captcha_model.decoding.posterior import predictions
from captcha_model.prediction import Frame


def logits(steps: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 3, (1, steps, 4)).astype(np.float32)


def test_rows_stand_where_their_images_do():
    joined = join_steps(3, [([2, 0], np.zeros((2, 5, 4))), ([1], np.ones((1, 3, 4)))])
    assert joined.shape == (3, 5, 4)
    assert joined.dtype == np.float32
    assert (joined[[0, 2]] == 0).all()
    assert (joined[1, :3] == 1).all()
    assert joined[1, 3:].argmax(axis=1).tolist() == [0, 0]


@pytest.mark.parametrize("temperature", [1.0, *TEMPERATURES])
def test_steps_behind_the_last_one_change_no_sum(temperature):
    one, other = logits(3, 1), logits(9, 2)
    joined = join_steps(2, [([0], one), ([1], other)])
    texts = [[], [1], [2, 2], [1, 2, 3]]
    for text in texts:
        alone = CTC.log_probability(log_softmax(one, None, temperature), [text])
        padded = CTC.log_probability(log_softmax(joined, None, temperature), [text, [1]])
        np.testing.assert_allclose(padded[0], alone[0], rtol=1e-12)
    assert (log_softmax(joined, None, temperature)[0, 3:, 0] == 0).all()


@given(st.integers(1, 6), st.integers(0, 5), st.integers(0, 99))
def test_a_reading_is_the_same_beside_a_wider_image(steps, more, seed):
    one, other = logits(steps, seed), logits(steps + more, seed + 1)
    joined = join_steps(2, [([0], one), ([1], other)])
    frames = [Frame(100, 50, steps / (steps + more)), Frame(100, 50)]
    alone = predictions(one, "abc", [Frame(100, 50)], CTC)[0]
    beside = predictions(joined, "abc", frames, CTC)[0]
    assert beside.text == alone.text
    assert beside.confidence == pytest.approx(alone.confidence, rel=1e-9)
    for a, b in zip(alone.characters, beside.characters, strict=True):
        assert b.confidence == pytest.approx(a.confidence, rel=1e-9)
        assert (b.left, b.right) == pytest.approx((a.left, a.right), rel=1e-6)
        assert [x.text for x in b.alternatives] == [x.text for x in a.alternatives]
