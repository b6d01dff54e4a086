import itertools
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from captcha_model._utils.keras_backend import load_keras
from captcha_model.decoding.best_path import best_paths, log_softmax
from captcha_model.decoding.heads import CTC
from captcha_model.decoding.lattices import _logarithms, _products, _runs, ctc, pad
from tests.decoding.every_path import check_neighbours, possible_texts, text_probabilities, tiny


@pytest.mark.slow
@given(tiny(count=1))
@settings(deadline=None)
def test_every_text_has_the_sum_of_its_paths(log_probabilities):
    probabilities = text_probabilities(log_probabilities[0])
    texts = list(probabilities)
    images = np.repeat(log_probabilities, len(texts), axis=0)
    found = np.exp(ctc.log_probability(images, texts))
    assert found == pytest.approx(list(probabilities.values()), rel=1e-9, abs=0)
    assert found.sum() == pytest.approx(1)


@pytest.mark.slow
@given(tiny(), st.data())
@settings(deadline=None)
def test_neighbours_are_the_sums_of_their_paths(log_probabilities, data):
    texts = data.draw(possible_texts(log_probabilities, CTC))
    check_neighbours(ctc.neighbours(log_probabilities, texts), log_probabilities, texts, CTC)


@given(tiny(), st.data())
@settings(deadline=None)
def test_logarithms_are_the_sums_of_their_paths_too(log_probabilities, data):
    """`ctc.neighbours` uses them for unlikely texts only."""
    texts = data.draw(possible_texts(log_probabilities, CTC))
    found = _logarithms.neighbours(log_probabilities, *pad(texts))
    check_neighbours(found, log_probabilities, texts, CTC)


def test_unlikely_texts_among_likely_ones():
    """After fifty steps a text may be too unlikely for plain products."""
    log_probabilities = log_softmax(np.random.default_rng(5).normal(0, 40, (4, 50, 6)))
    likely = best_paths(log_probabilities)
    texts = [likely[0], (1, 2), likely[2], (3, 3, 3)]
    _, certain = _products.neighbours(log_probabilities, *pad(texts))
    assert certain.tolist() == [True, False, True, False]
    found = ctc.neighbours(log_probabilities, texts)
    assert found.text == pytest.approx(ctc.log_probability(log_probabilities, texts), rel=1e-12)
    for n, text in enumerate(texts):
        others = [(*text[:1], 4, *text[2:]), text[1:], (5, *text)]
        images = log_probabilities[[n] * len(others)]
        ours = [found.substitutions[n, 1, 4], found.deletions[n, 0], found.insertions[n, 0, 5]]
        assert ours == pytest.approx(ctc.log_probability(images, others), rel=1e-9)


@pytest.mark.parametrize("block", [1, 5, 40])
def test_the_size_of_blocks_changes_nothing(monkeypatch, block):
    log_probabilities = log_softmax(np.random.default_rng(0).normal(0, 3, (5, 5, 3)))
    texts = [(1,), (1, 2), (), (2, 2), (1, 2, 1)]
    monkeypatch.setattr(_runs, "BLOCK", block)
    check_neighbours(ctc.neighbours(log_probabilities, texts), log_probabilities, texts, CTC)


def test_equal_characters_side_by_side_need_a_blank_between():
    """With two classes, three steps spell "aa" in one way and "a" in six."""
    half = np.log(np.full((1, 3, 2), 0.5))
    assert np.exp(ctc.log_probability(half, [(1, 1)])) == pytest.approx(1 / 8)
    assert np.exp(ctc.log_probability(half, [(1,)])) == pytest.approx(6 / 8)
    found = ctc.neighbours(half, [(1,)])
    assert np.exp(found.insertions[0, :, 1]) == pytest.approx([1 / 8, 1 / 8])
    assert np.exp(found.deletions[0, 0]) == pytest.approx(1 / 8)
    # One way each for 1, 2 and 3 steps at the beginning, and so on.
    assert (found.begins[0, 0], found.ends[0, 0]) == pytest.approx((4 / 6, 14 / 6))


def test_texts_that_need_more_steps():
    flat = np.log(np.full((1, 2, 3), 1 / 3))
    for text in [(1, 1), (1, 2, 1), (1, 2, 1, 2)]:
        assert ctc.log_probability(flat, [text]) == -np.inf
    for text in [(1, 2), (1,), ()]:
        assert ctc.log_probability(flat, [text]) > -np.inf
    one = np.log(np.full((1, 1, 3), 1 / 3))
    assert np.exp(ctc.log_probability(one, [(2,)])) == pytest.approx(1 / 3)
    found = ctc.neighbours(one, [(2,)])
    assert np.isneginf(found.insertions).all()
    assert np.exp(found.substitutions[0, 0]) == pytest.approx([0, 1 / 3, 1 / 3])


def test_no_images():
    assert ctc.log_probability(np.empty((0, 4, 3)), []).shape == (0,)
    assert ctc.neighbours(np.empty((0, 4, 3)), []).text.shape == (0,)


def test_many_images_are_what_they_are_one_by_one():
    """Texts of mixed lengths, padded to the longest."""
    log_probabilities = log_softmax(np.random.default_rng(1).normal(0, 4, (40, 30, 6)))
    texts = [text[: n % 12] for n, text in enumerate(best_paths(log_probabilities))]
    together = ctc.neighbours(log_probabilities, texts)
    for n, text in enumerate(texts):
        alone = ctc.neighbours(log_probabilities[n : n + 1], [text])
        size = len(text)
        for name in ("substitutions", "insertions", "deletions", "begins", "ends"):
            ours, theirs = getattr(together, name)[n], getattr(alone, name)[0]
            ours = ours[: size + (name == "insertions")]
            assert ours == pytest.approx(theirs, rel=1e-11), name
        assert together.text[n] == pytest.approx(alone.text[0], rel=1e-12)


def test_it_is_minus_the_loss_of_keras():
    """Keras computes in float32, hence the tolerance."""
    load_keras()
    import keras

    rng = np.random.default_rng(2)
    # Mostly blanks, with a peak of two or three steps now and then.
    logits = rng.normal(0, 2, (16, 50, 20)).astype(np.float32)
    logits[..., 0] += 6
    for image, start in itertools.product(logits, range(4, 46, 8)):
        image[start : start + rng.integers(1, 4), rng.integers(1, 20)] += 12
    texts = best_paths(logits)
    texts[3], texts[4], texts[5] = texts[3][:2], (7, 7, 7), (1, 2, 3, 3, 4, 5, 6)
    longest = max(map(len, texts))
    targets = np.array([[*text, *[0] * (longest - len(text))] for text in texts])
    loss = keras.losses.CTC(reduction=None)(targets, logits)
    found = ctc.log_probability(log_softmax(logits), texts)
    assert len(set(map(len, texts))) > 2
    assert found == pytest.approx(-np.array(loss), rel=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("count", [1, 20])
def test_long_and_extreme_logits_give_finite_numbers(count):
    """A thousand steps and differences of 600 between logits."""
    rng = np.random.default_rng(3)
    log_probabilities = log_softmax(rng.choice([-300.0, 0.0, 300.0], (count, 1000, 6)))
    texts = [tuple(rng.integers(1, 6, 20).tolist()) for _ in range(count)]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = ctc.neighbours(log_probabilities, texts)
        probabilities = ctc.log_probability(log_probabilities, texts)
    assert np.isfinite(probabilities).all() and (probabilities < -1000).all()
    assert found.text == pytest.approx(probabilities, rel=1e-12)
    own = np.take_along_axis(found.substitutions, np.array(texts)[..., None], axis=2)[..., 0]
    assert own == pytest.approx(np.repeat(probabilities[:, None], 20, axis=1), rel=1e-9)
    assert not any(np.isnan(values).any() for values in vars(found).values())
    assert (found.begins[:, 1:] >= found.ends[:, :-1] - 1e-6).all()
    assert (found.ends - found.begins >= 1 - 1e-6).all()


def test_a_large_vocabulary():
    log_probabilities = log_softmax(np.random.default_rng(4).normal(0, 1, (1, 40, 5000)))
    texts = [tuple(range(1, 21))]
    found = ctc.neighbours(log_probabilities, texts)
    for place, i in [(0, 4000), (7, 4999), (19, 1)]:
        other = (*texts[0][:place], i, *texts[0][place + 1 :])
        expected = ctc.log_probability(log_probabilities, [other])
        assert found.substitutions[0, place, i] == pytest.approx(expected[0], rel=1e-12)
        longer = (*texts[0][:place], i, *texts[0][place:])
        expected = ctc.log_probability(log_probabilities, [longer])
        assert found.insertions[0, place, i] == pytest.approx(expected[0], rel=1e-12)
