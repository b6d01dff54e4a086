import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from captcha_model.decoding import softmax
from captcha_model.outputs import CTC, FIXED, decode_texts

places = st.tuples(st.integers(1, 4), st.integers(2, 4)).flatmap(
    lambda shape: arrays(np.float32, shape, elements=st.floats(-5, 5, width=16), unique=True)
)


def one_hot(*ids: int, classes: int = 3) -> np.ndarray:
    return np.eye(classes)[list(ids)]


def test_texts_by_hand():
    logits = 9 * np.stack([one_hot(1, 0, 1), one_hot(2, 2, 0)])
    assert decode_texts(logits, "ab", CTC) == ["aa", "b"]
    assert decode_texts(logits, "ab", FIXED) == ["aa", "bb"]


def test_an_emission_of_a_place_is_that_place():
    found = FIXED.emissions(one_hot(0, 2, 0, 1))
    assert [(e.id, e.start, e.stop) for e in found] == [(2, 1, 2), (1, 3, 4)]


@given(places)
def test_fixed_places_are_the_most_likely_of_all_texts(scores):
    """Against every combination of classes, one a place."""
    probabilities = softmax(scores)
    steps, classes = probabilities.shape
    best = max(
        itertools.product(range(classes), repeat=steps),
        key=lambda ids: math.prod(probabilities[t, i] for t, i in enumerate(ids)),
    )
    assert FIXED.ids(probabilities) == [i for i in best if i]
    emissions = FIXED.emissions(probabilities)
    whole = math.prod(probabilities[t, i] for t, i in enumerate(best))
    read = math.prod(probabilities[e.start, e.id] for e in emissions)
    assert read * FIXED.silence(probabilities, emissions) == pytest.approx(whole)


def test_the_silence_of_ctc_counts_only_where_nothing_is_read():
    probabilities = np.array([[0.9, 0.1], [0.8, 0.2]])
    assert CTC.silence(probabilities, CTC.emissions(probabilities)) == pytest.approx(0.72)
    heard = np.array([[0.1, 0.9], [0.8, 0.2]])
    assert CTC.silence(heard, CTC.emissions(heard)) == 1.0


def test_what_labels_need():
    assert [output.needed_steps("abb") for output in (CTC, FIXED)] == [4, 3]
    assert [output.options_for(6) for output in (CTC, FIXED)] == [{}, {"places": 6}]
    assert [output.target_width(50, 6) for output in (CTC, FIXED)] == [6, 50]
