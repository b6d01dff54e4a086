import numpy as np
import pytest

from captcha_model.calibration.constraint_threshold import (
    HIGHEST,
    LOST,
    LOWEST,
    fit_constraint_threshold,
)


def test_without_evidence_and_with_likely_constraints_it_is_one_half():
    assert fit_constraint_threshold([]) == HIGHEST == 0.5
    assert fit_constraint_threshold([0.97, 0.6, 1.0]) == 0.5


def test_it_keeps_all_but_a_share_of_the_readings():
    probabilities = np.concatenate([[0.01, 0.02], [0.3], np.ones(397)])
    assert fit_constraint_threshold(probabilities) == pytest.approx(0.3)
    assert np.mean(probabilities < fit_constraint_threshold(probabilities)) <= LOST
    found = fit_constraint_threshold(np.ones(3) * 0.123456)
    assert (type(found), found) == (float, 0.1234)


def test_it_never_becomes_so_low_that_false_constraints_pass():
    assert fit_constraint_threshold([0.0, 0.01, 0.05]) == LOWEST
