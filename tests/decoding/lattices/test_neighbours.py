import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from captcha_model.decoding.best_path import log_softmax
from captcha_model.decoding.lattices import ctc, log_sum, pad
from captcha_model.decoding.lattices._neighbours import (
    LOG_ZERO,
    reversed_texts,
    with_infinities,
)

texts = st.lists(st.lists(st.integers(1, 9), max_size=5), max_size=5)


@given(texts)
def test_padding_keeps_every_text(texts):
    ids, lengths = pad(texts)
    assert ids.shape == (len(texts), max(map(len, texts), default=0))
    assert [row[:n].tolist() for row, n in zip(ids, lengths, strict=True)] == texts
    assert ids.sum() == sum(map(sum, texts))
    turned = reversed_texts(ids, lengths)
    assert [row[:n].tolist() for row, n in zip(turned, lengths, strict=True)] == [
        text[::-1] for text in texts
    ]
    assert turned.sum() == ids.sum()


def test_the_logarithm_of_a_sum():
    assert np.exp(log_sum(np.log([[0.25, 0.5], [0.5, 0.5]]))) == pytest.approx([0.75, 1.0])
    assert np.exp(log_sum(np.log([[0.25, 0.5], [0.5, 0.5]]), axis=1)) == pytest.approx([0.75, 1.0])
    assert log_sum(np.array([-1000.0, -1000.0])) == pytest.approx(-1000 + np.log(2))
    assert log_sum(np.array([LOG_ZERO, -3.0])) == -3.0
    assert (log_sum(np.empty((0, 2))) == LOG_ZERO).all()


def test_impossible_and_missing_texts_are_minus_infinity():
    logarithms = np.array([-1e9, LOG_ZERO, 2 * LOG_ZERO, LOG_ZERO - 5.0, -3.0])
    there = np.array([True, True, True, True, False])
    assert with_infinities(logarithms).tolist() == [-1e9, -np.inf, -np.inf, -np.inf, -3.0]
    assert with_infinities(logarithms, there).tolist() == [-1e9, *[-np.inf] * 4]


@pytest.mark.parametrize("other", [(1,), (2, 1, 2, 1)])
def test_a_record_with_another_text_is_the_record_of_the_other_texts(other):
    log_probabilities = log_softmax(np.random.default_rng(0).normal(0, 1, (3, 8, 3)))
    before = ctc.neighbours(log_probabilities, [(1, 2), (1, 2, 1), ()])
    replaced = before.with_rows([1], ctc.neighbours(log_probabilities[1:2], [other]))
    expected = ctc.neighbours(log_probabilities, [(1, 2), other, ()])
    assert replaced.lengths.tolist() == [2, len(other), 0]
    for name in ("text", "substitutions", "insertions", "deletions"):
        ours, theirs = getattr(replaced, name), getattr(expected, name)
        np.testing.assert_allclose(ours, theirs, rtol=1e-12)
    for n, length in enumerate(expected.lengths):
        for name in ("begins", "ends"):
            ours, theirs = getattr(replaced, name)[n], getattr(expected, name)[n]
            np.testing.assert_allclose(ours[:length], theirs[:length], rtol=1e-12)
