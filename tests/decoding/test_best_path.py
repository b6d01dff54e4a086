import itertools

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from captcha_model.decoding.best_path import (
    best_paths,
    best_positions,
    log_softmax,
    softmax,
    to_text,
)
from captcha_model.decoding.constraints import Constraint
from captcha_model.decoding.heads import CTC, FIXED
from captcha_model.vocabulary import Vocabulary
from tests.decoding.constraining import constraint_options, parse_or_none, satisfies
from tests.decoding.every_path import one_hot, paths, spelled_by, tiny

logits = arrays(np.float32, (7, 4), elements=st.floats(-30, 30, width=32))


@given(logits)
def test_softmax_is_its_definition(scores):
    exponentials = np.exp(scores.astype(np.float64))
    expected = exponentials / exponentials.sum(axis=1, keepdims=True)
    assert softmax(scores) == pytest.approx(expected, rel=1e-12)
    assert np.exp(log_softmax(scores)) == pytest.approx(expected, rel=1e-12)


@given(logits, st.floats(-100, 100))
def test_a_constant_added_to_a_step_changes_nothing(scores, constant):
    assert softmax(scores) == pytest.approx(softmax(scores.astype(np.float64) + constant), abs=1e-9)


@given(logits, st.floats(0.25, 20))
def test_the_temperature_divides_logits(scores, temperature):
    found = log_softmax(scores, temperature=temperature)
    expected = log_softmax(scores.astype(np.float64) / temperature)
    assert found == pytest.approx(expected, rel=1e-12, abs=1e-12)


def test_excluded_classes_have_probability_zero():
    scores = np.array([[2.0, 1.0, 5.0], [0.0, 0.0, 1000.0]])
    before = scores.copy()
    found = log_softmax(scores, np.array([True, True, False]))
    assert (found[:, 2] < -1e8).all()
    assert np.exp(found[:, :2]) == pytest.approx(softmax(scores[:, :2]))
    assert (scores == before).all()
    # However unlikely the allowed classes are.
    assert np.exp(log_softmax(scores[1:] - 500, np.array([True, False, False]))).tolist() == [
        [1.0, 0.0, 0.0]
    ]


@given(tiny())
def test_the_best_path_is_the_best_of_all_paths(log_probabilities):
    every, texts = paths(*log_probabilities.shape[1:], CTC)
    found = best_paths(log_probabilities)
    for image, text in zip(log_probabilities, found, strict=True):
        sums = image[np.arange(len(image)), every].sum(axis=1)
        best = {texts[n] for n in np.flatnonzero(sums >= sums.max() - 1e-9)}
        assert text in best


def test_best_paths_by_hand():
    assert best_paths(one_hot("aa_ab", "_____", "_c_a_")) == [(1, 1, 2), (), (3, 1)]
    assert best_paths(np.empty((0, 4, 3))) == []


@given(tiny())
def test_the_best_positions_are_the_best_of_all_fillings(log_probabilities):
    for image, text in zip(log_probabilities, best_positions(log_probabilities), strict=True):
        assert text == spelled_by(tuple(image.argmax(axis=1).tolist()), FIXED)


@pytest.mark.slow
@given(tiny(), st.data())
@settings(deadline=None)
def test_the_best_allowed_positions_are_the_best_of_all_allowed_fillings(log_probabilities, data):
    _, steps, classes = log_probabilities.shape
    options = data.draw(constraint_options(classes))
    constraint = parse_or_none(classes, options)
    assume(constraint is not None and constraint.shortest <= steps)
    every, texts = paths(steps, classes, FIXED)
    satisfying = np.array([satisfies(text, options) for text in texts])
    found = best_positions(log_probabilities, constraint)
    for image, text in zip(log_probabilities, found, strict=True):
        sums = image[np.arange(steps), every].sum(axis=1)
        assert satisfies(text, options)
        own = max(s for s, spelled in zip(sums, texts, strict=True) if spelled == text)
        assert own == pytest.approx(sums[satisfying].max(), abs=1e-9)


def test_best_positions_by_hand():
    assert best_positions(one_hot("aa_b", "____")) == [(1, 1, 2), ()]
    three = Constraint.parse(Vocabulary("abc"), pattern="[ab]c[ab]")
    scores = one_hot("_a_b") + np.array([0.0, 0.1, 0.2, 0.3])
    # Of the two empty positions, the one in the middle takes the "c".
    assert best_positions(log_softmax(scores), three) == [(1, 3, 2)]


def test_texts_of_ids():
    assert to_text((3, 1, 1), "abc") == "caa"
    assert to_text((), "abc") == ""
    assert [to_text(ids, "ab") for ids in itertools.product((1, 2), repeat=2)] == [
        "aa",
        "ab",
        "ba",
        "bb",
    ]
