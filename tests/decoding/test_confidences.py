import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from captcha_model.decoding import confidences as module
from captcha_model.decoding.confidences import confidences, confidences_of_views
from captcha_model.decoding.heads import CTC
from captcha_model.decoding.mixture import View
from captcha_model.decoding.posterior import predictions, predictions_of_views
from captcha_model.prediction import Frame
from tests.decoding.constraining import CHARACTERS, constraint_options, parse_or_none
from tests.decoding.every_path import BOTH, tiny

FRAME = Frame(120, 50)


@pytest.mark.slow
@BOTH
@given(log_probabilities=tiny(), data=st.data())
@settings(deadline=None)
def test_they_are_those_of_predictions(output, log_probabilities, data):
    _, steps, classes = log_probabilities.shape
    constraint = parse_or_none(classes, data.draw(constraint_options(classes)))
    assume(constraint is None or constraint.shortest <= steps)
    how = {
        "temperature": data.draw(st.sampled_from([0.5, 1.0, 3.0])),
        "constraint": constraint,
        "beam_width": data.draw(st.sampled_from([0, 2, 8])),
    }
    known = CHARACTERS[: classes - 1]
    frames = [FRAME] * len(log_probabilities)
    whole = predictions(log_probabilities, known, frames, output, **how)
    texts, found = confidences(log_probabilities, known, output, **how)
    assert texts == [reading.text for reading in whole]
    assert found == pytest.approx([reading.confidence for reading in whole], rel=1e-11, abs=0)


@pytest.mark.parametrize("count", [0, 40])
def test_batches(monkeypatch, count):
    scores = np.random.default_rng(3).normal(0, 4, (count, 12, 4))
    monkeypatch.setattr(module, "_BATCH_NUMBERS", 8 * 12 * 16 * 7)
    whole = predictions(scores, "abc", [FRAME] * count, CTC)
    texts, found = confidences(scores, "abc", CTC)
    assert texts == [reading.text for reading in whole]
    assert found.shape == (count,)
    assert found == pytest.approx([reading.confidence for reading in whole], rel=1e-11)


def test_views_of_no_images():
    texts, found = confidences_of_views([np.zeros((0, 6, 4)), np.zeros((0, 4, 4))], "abc", CTC)
    assert (texts, found.shape) == ([], (0,))


@pytest.mark.parametrize("temperature", [0.5, 2.0])
def test_those_of_views_are_those_of_predictions(monkeypatch, temperature):
    count = 5
    random = np.random.default_rng(count)
    views = [random.normal(0, 3, (count, steps, 4)) for steps in (6, 4, 8)]
    widths = np.full(count, 8)
    monkeypatch.setattr(module, "_BATCH_NUMBERS", 8 * 8 * 12 * 2)
    whole = predictions_of_views(
        [View(view, widths) for view in views],
        *("abc", [FRAME] * count, CTC),
        temperature=temperature,
    )
    texts, found = confidences_of_views(views, "abc", CTC, temperature=temperature)
    assert texts == [reading.text for reading in whole]
    assert found.shape == (count,)
    assert found == pytest.approx([reading.confidence for reading in whole], rel=1e-9)
