import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from captcha_model.decoding.best_path import log_softmax
from captcha_model.decoding.heads import FIXED
from captcha_model.decoding.lattices import fixed
from tests.decoding.every_path import check_neighbours, possible_texts, text_probabilities, tiny


@given(tiny(count=1))
@settings(deadline=None)
def test_every_text_has_the_sum_of_its_fillings(log_probabilities):
    probabilities = text_probabilities(log_probabilities[0], FIXED)
    texts = list(probabilities)
    images = np.repeat(log_probabilities, len(texts), axis=0)
    found = np.exp(fixed.log_probability(images, texts))
    assert found == pytest.approx(list(probabilities.values()), rel=1e-9, abs=0)
    assert found.sum() == pytest.approx(1)


@given(tiny(), st.data())
@settings(deadline=None)
def test_neighbours_are_the_sums_of_their_fillings(log_probabilities, data):
    texts = data.draw(possible_texts(log_probabilities, FIXED))
    check_neighbours(fixed.neighbours(log_probabilities, texts), log_probabilities, texts, FIXED)


def test_by_hand():
    """Two positions: "a" fills one of them, and "aa" both."""
    places = np.log([[[0.2, 0.8], [0.4, 0.6]]])
    found = fixed.neighbours(places, [(1,)])
    assert np.exp(found.text[0]) == pytest.approx(0.8 * 0.4 + 0.2 * 0.6)
    assert np.exp(found.insertions[0, :, 1]) == pytest.approx([0.48, 0.48])
    assert np.exp(found.deletions[0, 0]) == pytest.approx(0.08)
    # It fills the second position in 12 of 44 cases.
    assert found.begins[0, 0] == pytest.approx(12 / 44)
    assert found.ends[0, 0] == pytest.approx(56 / 44)


def test_texts_that_need_more_positions():
    flat = np.log(np.full((1, 2, 3), 1 / 3))
    assert fixed.log_probability(flat, [(1, 1, 1)]) == -np.inf
    assert np.exp(fixed.log_probability(flat, [(1, 1)])) == pytest.approx(1 / 9)
    assert np.isneginf(fixed.neighbours(flat, [(1, 2)]).insertions).all()
    assert fixed.log_probability(np.empty((0, 4, 3)), []).shape == (0,)
    assert fixed.neighbours(np.empty((0, 4, 3)), []).text.shape == (0,)


def test_extreme_logits_give_finite_numbers():
    rng = np.random.default_rng(0)
    log_probabilities = log_softmax(rng.choice([-300.0, 0.0, 300.0], (4, 24, 6)))
    texts = [tuple(rng.integers(1, 6, 20).tolist()) for _ in range(4)]
    found = fixed.neighbours(log_probabilities, texts)
    own = np.take_along_axis(found.substitutions, np.array(texts)[..., None], axis=2)[..., 0]
    assert np.isfinite(found.text).all()
    assert own == pytest.approx(np.repeat(found.text[:, None], 20, axis=1), rel=1e-9)
    assert not any(np.isnan(values).any() for values in vars(found).values())
