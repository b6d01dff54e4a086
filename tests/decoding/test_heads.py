import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from captcha_model.decoding.best_path import best_paths, log_softmax
from captcha_model.decoding.constraints import Constraint
from captcha_model.decoding.heads import CTC, FIXED, decode_texts
from captcha_model.vocabulary import Vocabulary
from tests.decoding.constraining import constraint_options, parse_or_none, satisfies
from tests.decoding.every_path import BOTH, check_neighbours, one_hot, text_probabilities, tiny


def test_texts_by_hand():
    logits = one_hot("a_a", "bb_", characters="ab")
    assert decode_texts(logits, "ab", CTC) == ["aa", "b"]
    assert decode_texts(logits, "ab", FIXED) == ["aa", "bb"]


@given(tiny())
@settings(deadline=None)
def test_ctc_finds_the_most_likely_of_all_texts(log_probabilities):
    """Two characters below `NEGLIGIBLE` together cannot hide more than that."""
    found = CTC.search(log_probabilities, None, 10_000)
    for image, text in zip(log_probabilities, found, strict=True):
        probabilities = text_probabilities(image)
        assert probabilities[text] == pytest.approx(max(probabilities.values()), rel=1e-2)


@given(tiny(), st.sampled_from([1, 2, 8]))
@settings(deadline=None)
def test_a_search_is_never_worse_than_the_best_path(log_probabilities, width):
    plain = CTC.search(log_probabilities, None, 0)
    assert plain == best_paths(log_probabilities)
    found = CTC.search(log_probabilities, None, width)
    best = CTC.log_probability(log_probabilities, plain)
    assert (CTC.log_probability(log_probabilities, found) >= best - 1e-12).all()


@pytest.mark.slow
@BOTH
@given(log_probabilities=tiny(), data=st.data())
@settings(deadline=None)
def test_decoded_texts_are_allowed_and_have_their_neighbours(output, log_probabilities, data):
    classes = log_probabilities.shape[2]
    options = data.draw(constraint_options(classes))
    constraint = parse_or_none(classes, options)
    assume(constraint is not None)
    assume(constraint.shortest <= log_probabilities.shape[1])
    width = data.draw(st.sampled_from([0, 1, 8, 10_000]))
    texts, found = output.decode(log_probabilities, constraint, width)
    assert texts == output.search(log_probabilities, constraint, width)
    check_neighbours(found, log_probabilities, texts, output)
    for image, text in zip(log_probabilities, texts, strict=True):
        probabilities = text_probabilities(image, output)
        possible = [
            probability for other, probability in probabilities.items() if satisfies(other, options)
        ]
        if not possible:
            assert text == ()
            continue
        assert satisfies(text, options)
        if output is CTC and width == 10_000:
            assert probabilities[text] == pytest.approx(max(possible), rel=1e-2)


def test_mixed_batches_are_what_they_are_one_by_one():
    """Confident texts, searched ones and some that are not allowed, of several lengths."""
    scores = np.concatenate(
        [one_hot("a__b__c_", "________", "aabbccab"), one_hot("ab_c__a_", "c_______") / 6]
    )
    log_probabilities = log_softmax(scores + np.random.default_rng(0).normal(0, 0.5, scores.shape))
    constraint = Constraint.parse(Vocabulary("abc"), length=(1, 4))
    for output in (CTC, FIXED):
        for options in (None, constraint):
            texts, found = output.decode(log_probabilities, options, 8)
            for n in range(len(texts)):
                alone, other = output.decode(log_probabilities[n : n + 1], options, 8)
                assert alone == [texts[n]]
                assert found.text[n] == pytest.approx(other.text[0], rel=1e-12)
                places = len(texts[n])
                ours, theirs = found.substitutions[n, :places], other.substitutions[0]
                assert len(theirs) == places
                np.testing.assert_allclose(ours, theirs, rtol=1e-12)


def test_the_steps_and_options_that_labels_need():
    assert [output.needed_steps("abb") for output in (CTC, FIXED)] == [4, 3]
    assert [output.options_for(6) for output in (CTC, FIXED)] == [{}, {"places": 6}]
    assert [output.target_width(50, 6) for output in (CTC, FIXED)] == [6, 50]
