import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from captcha_model.calibration import temperature as module
from captcha_model.calibration.temperature import (
    HIGHEST,
    LOWEST,
    fit_temperature,
    negative_log_likelihoods,
)
from captcha_model.decoding.lattices import ctc
from captcha_model.errors import DataError

CLASSES = 5


def collapsed(path: list[int]) -> list[int]:
    return [k for k, before in zip(path, [0, *path], strict=False) if k and k != before]


def sample(seed: int, images: int = 600) -> tuple[np.ndarray, list[list[int]]]:
    """Return logits, and texts drawn from the distributions of texts that they stand for."""
    random = np.random.default_rng(seed)
    logits = random.normal(0, 2.5, (images, 6, CLASSES))
    shares = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
    below = shares.cumsum(axis=-1)[..., :-1] < random.random((images, 6, 1))
    return logits, [collapsed(path) for path in below.sum(axis=-1).tolist()]


@pytest.mark.slow
@settings(deadline=None, max_examples=20)
@given(st.integers(0, 10**6), st.sampled_from([0.4, 0.7, 1.0, 2.0, 6.0]))
def test_logits_that_are_too_large_or_too_small_are_found_out(seed, factor):
    logits, texts = sample(seed)
    fit = fit_temperature(logits * factor, texts, ctc.log_probability)
    assert fit.temperature == pytest.approx(factor, rel=0.2)
    assert fit.after <= fit.before
    assert (fit.images, fit.impossible) == (600, 0)


@pytest.mark.slow
@settings(deadline=None, max_examples=20)
@given(st.integers(0, 10**6))
def test_the_fit_scales_with_the_logits(seed):
    logits, texts = sample(seed, 100)
    one = fit_temperature(logits, texts, ctc.log_probability)
    three = fit_temperature(3 * logits, texts, ctc.log_probability)
    assert three.temperature == pytest.approx(3 * one.temperature, rel=0.01)
    assert three.after == pytest.approx(one.after, rel=1e-5)


def test_no_temperature_of_many_is_better():
    logits, texts = sample(0)
    fit = fit_temperature(2 * logits, texts, ctc.log_probability)
    tried = [
        negative_log_likelihoods(2 * logits, texts, ctc.log_probability, t).mean()
        for t in np.geomspace(LOWEST, HIGHEST, 60)
    ]
    assert fit.after <= min(tried) + 1e-9
    at_one = negative_log_likelihoods(2 * logits, texts, ctc.log_probability).mean()
    assert fit.before == pytest.approx(at_one)


def test_texts_that_no_path_spells_are_left_out_and_counted():
    logits, texts = sample(1, 300)
    fit = fit_temperature(logits, texts, ctc.log_probability)
    more = np.concatenate([logits, logits[:2]])
    again = fit_temperature(more, [*texts, [1] * 6, [1, 2, 3, 4, 1, 2, 3]], ctc.log_probability)
    assert again.impossible == 2
    assert (again.temperature, again.images) == (fit.temperature, 300)
    with pytest.raises(DataError) as caught:
        fit_temperature(logits[:1], [[1] * 6], ctc.log_probability)
    assert caught.value.code == "SPLIT_EMPTY"


def sure_of(texts: list[list[int]], margin: float) -> np.ndarray:
    """Return logits that are nearly as sure of texts of three different ids as the margin says."""
    logits = np.zeros((len(texts), 6, CLASSES))
    for image, text in zip(logits, texts, strict=True):
        image[range(3), text] = margin
        image[3:, 0] = margin
    return logits


def test_noise_keeps_a_few_wrong_labels_from_deciding():
    texts = [[1, 2, 3], [3, 4, 1], [2, 3, 4], [4, 1, 2]] * 50
    logits = sure_of(texts, 6.0)
    logits[0, 0] = [0.0, 3.0, 3.0, 0.0, 0.0]  # Hesitates, so that not everything is certain.
    wrong = [*texts]
    wrong[5] = [1, 4, 3]
    right, spoiled, robust = (
        fit_temperature(logits, labels, ctc.log_probability, noise).temperature
        for labels, noise in ((texts, 0.0), (wrong, 0.0), (wrong, 1e-3))
    )
    assert spoiled > 1.5 * right
    assert robust == pytest.approx(right, rel=0.2)


def test_where_all_are_surely_right_there_is_no_end_to_certainty():
    texts = [[1, 2, 3]] * 4
    assert fit_temperature(sure_of(texts, 3.0), texts, ctc.log_probability).temperature == LOWEST


def test_where_the_temperature_changes_nothing_it_is_one():
    fit = fit_temperature(np.zeros((3, 6, CLASSES)), [[1], [2], [1, 2]], ctc.log_probability)
    assert fit.temperature == 1.0
    assert fit.after == fit.before


@pytest.mark.parametrize("batch", [1, 7, 1000])
def test_batches_change_nothing(monkeypatch, batch):
    logits, texts = sample(2, 20)
    whole = negative_log_likelihoods(logits, texts, ctc.log_probability, 1.5)
    monkeypatch.setattr(module, "BATCH", batch)
    parts = negative_log_likelihoods(logits, texts, ctc.log_probability, 1.5)
    assert parts.tolist() == pytest.approx(whole.tolist())


def test_no_more_than_a_batch_is_weighed_at_once():
    logits, texts = sample(3, 600)
    seen = []

    def log_probability(rows, some):
        seen.append(len(rows))
        return ctc.log_probability(rows, some)

    fit_temperature(logits, texts, log_probability)
    assert max(seen) == module.BATCH


@pytest.mark.parametrize(("texts", "noise"), [([[1]], 0.0), ([[1], [2]], 1.0), ([[1], [2]], -0.1)])
def test_arguments_that_do_not_fit(texts, noise):
    with pytest.raises(ValueError, match="noise"):
        fit_temperature(np.zeros((2, 6, CLASSES)), texts, ctc.log_probability, noise)
