import numpy as np
import pytest

from captcha_model.calibration.confidence_temperature import fit_confidence_temperature
from captcha_model.decoding.best_path import log_softmax
from captcha_model.decoding.heads import CTC, decode_texts
from captcha_model.decoding.lattices import ctc
from captcha_model.errors import DataError
from captcha_model.metrics.calibration_error import measure
from captcha_model.vocabulary import Vocabulary

CHARACTERS = "abcd"


def readings(seed: int, factor: float) -> tuple[np.ndarray, list[list[int]], np.ndarray]:
    """Return logits that are too large by a factor, what is read, and whether it is right."""
    random = np.random.default_rng(seed)
    logits = random.normal(0, 2.5, (3000, 5, 5)).astype(np.float32)
    texts = decode_texts(logits, CHARACTERS, CTC)
    ids = [Vocabulary(CHARACTERS).encode(text) for text in texts]
    shares = np.exp(logits - logits.max(axis=2, keepdims=True))
    shares /= shares.sum(axis=2, keepdims=True)
    probabilities = np.exp(ctc.log_probability(np.log(shares.astype(float)), ids))
    return logits * factor, ids, random.random(3000) < probabilities


def confidences(logits: np.ndarray, texts: list[list[int]], temperature: float) -> np.ndarray:
    scaled = log_softmax(logits, None, temperature)
    return np.exp(ctc.log_probability(scaled, texts))


@pytest.mark.parametrize("factor", [0.5, 1.0, 3.0])
def test_confidences_become_the_shares_of_right_readings(factor):
    logits, texts, right = readings(1, factor)
    fit = fit_confidence_temperature(lambda t: confidences(logits, texts, t), right)
    assert fit.temperature == pytest.approx(factor, rel=0.15)
    assert fit.after <= fit.before
    assert (fit.images, fit.impossible) == (3000, 0)


def test_readings_that_are_mostly_wrong_make_it_less_sure():
    logits, texts, right = readings(2, 1.0)
    wrong = right & (np.random.default_rng(3).random(len(right)) < 0.1)
    fit = fit_confidence_temperature(lambda t: confidences(logits, texts, t), wrong)
    assert fit.temperature > 1.5
    after, before = (confidences(logits, texts, t) for t in (fit.temperature, 1.0))
    assert measure(after, wrong).ece < measure(before, wrong).ece / 2


def test_it_needs_a_reading():
    with pytest.raises(DataError):
        fit_confidence_temperature(lambda t: np.empty(0), np.empty(0, bool))
