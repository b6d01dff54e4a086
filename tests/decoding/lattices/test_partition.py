import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from captcha_model.decoding.best_path import log_softmax
from captcha_model.decoding.constraints import Constraint
from captcha_model.decoding.heads import CTC
from captcha_model.vocabulary import Vocabulary
from tests.decoding.constraining import constraint_options, parse_or_none, satisfies
from tests.decoding.every_path import BOTH, text_probabilities, tiny


@pytest.mark.slow
@BOTH
@given(log_probabilities=tiny(), data=st.data())
@settings(deadline=None)
def test_it_is_the_sum_over_all_allowed_texts(output, log_probabilities, data):
    classes = log_probabilities.shape[2]
    options = data.draw(constraint_options(classes))
    constraint = parse_or_none(classes, options)
    assume(constraint is not None)
    found = np.exp(output.log_partition(log_probabilities, constraint))
    for image, total in zip(log_probabilities, found, strict=True):
        probabilities = text_probabilities(image, output)
        expected = sum(
            probability for text, probability in probabilities.items() if satisfies(text, options)
        )
        assert total == pytest.approx(expected, rel=1e-9, abs=0)


@BOTH
def test_all_texts_together_have_probability_one(output):
    log_probabilities = log_softmax(np.random.default_rng(0).normal(0, 5, (4, 30, 7)))
    constraint = Constraint.parse(Vocabulary("abcdef"), charset="abcdef")
    assert output.log_partition(log_probabilities, constraint) == pytest.approx(
        np.zeros(4), abs=1e-12
    )
    # All lengths together, one by one.
    totals = [
        output.log_partition(log_probabilities, Constraint.parse(Vocabulary("abcdef"), length=n))
        for n in range(31)
    ]
    assert np.exp(totals).sum(axis=0) == pytest.approx(np.ones(4), rel=1e-12)


@BOTH
def test_extreme_logits_give_finite_numbers(output):
    rng = np.random.default_rng(1)
    steps = 1000 if output is CTC else 60
    log_probabilities = log_softmax(rng.choice([-300.0, 0.0, 300.0], (2, steps, 6)))
    constraint = Constraint.parse(Vocabulary("abcde"), pattern="[ab]{3}c{4}.{13}")
    found = output.log_partition(log_probabilities, constraint)
    assert np.isfinite(found).all() and (found < -1000).all()


def test_where_no_path_spells_an_allowed_text():
    flat = np.log(np.full((1, 3, 3), 1 / 3))
    assert CTC.log_partition(flat, Constraint.parse(Vocabulary("ab"), pattern="aaa")) == -np.inf
