"""The compiled lattices of texts in any case against their reference."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from captcha_model.decoding import best_path
from captcha_model.decoding.heads import CTC
from captcha_model.decoding.lattices import case_ctc, pad
from captcha_model.decoding.merged_case import head_in_case
from captcha_model.decoding.posterior import predictions
from captcha_model.prediction import Frame
from tests.native.both_ways import KINDS, any_texts, assert_same, both, lattices, logits_of

SEEDS = st.integers(0, 2**32 - 1)
quickly = settings(deadline=None, max_examples=40)


def cases_of(seed: int, classes: int) -> np.ndarray:
    """The cases of each class: of some pairs of neighbours, and none of the others."""
    cases = np.zeros((classes, 2), np.intp)
    cases[:, 0] = np.arange(classes)
    starts = np.arange(1, classes - 1, 2)
    for lower in starts[np.random.default_rng(seed).random(len(starts)) < 0.7].tolist():
        cases[lower : lower + 2] = (lower, lower + 1)
    return cases


def texts_of(seed: int, logits: np.ndarray, cases: np.ndarray, longest: int) -> np.ndarray:
    """Texts in lower case, also empty ones and ones with the same letter twice."""
    ids, _ = pad(any_texts(seed, logits.shape, longest))
    return cases[ids, 0]


def assert_same_lattices(logits: np.ndarray, ids: np.ndarray, cases: np.ndarray) -> None:
    log_probabilities = best_path.log_softmax(logits)
    given = (log_probabilities, ids, cases)
    ours, reference = both(lambda: case_ctc.log_probability(*given))
    assert_same(ours, reference, -np.inf)
    ours, reference = both(lambda: case_ctc.neighbours(*given))
    assert_same(ours.text, reference.text, -np.inf)
    for name in ("substitutions", "insertions", "deletions"):
        ones, others = getattr(ours, name), getattr(reference, name)
        beside = reference.text.reshape(-1, *[1] * (ones.ndim - 1))
        assert_same(ones, others, np.broadcast_to(beside, ones.shape))
    possible = np.isfinite(reference.text)[:, None]
    there = possible & (np.arange(ids.shape[1]) < ours.lengths[:, None])
    for name in ("begins", "ends"):
        ones, others = getattr(ours, name)[there], getattr(reference, name)[there]
        assert ones == pytest.approx(others, rel=1e-8, abs=1e-8)


@quickly
@given(lattices(most_steps=40, most_classes=60), SEEDS)
def test_likely_texts(logits, seed):
    cases = cases_of(seed, logits.shape[2])
    ids, _ = pad(best_path.best_paths(logits))
    assert_same_lattices(logits, cases[ids, 0], cases)


@quickly
@given(lattices(most_steps=40, most_classes=60), SEEDS)
def test_any_texts(logits, seed):
    cases = cases_of(seed, logits.shape[2])
    assert_same_lattices(logits, texts_of(seed, logits, cases, logits.shape[1] // 2), cases)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", [(1, 200, 20), (2, 2, 1500), (1, 12, 513)])
def test_large_lattices(kind, shape):
    logits = logits_of(kind, 3, shape)
    cases = cases_of(0, shape[2])
    ids, _ = pad([text[:12] for text in best_path.best_paths(logits)])
    assert_same_lattices(logits, cases[ids, 0], cases)


def test_many_texts_of_one_image():
    logits = logits_of("random", 2, (1, 24, 11))
    cases = cases_of(1, 11)
    ids = texts_of(4, np.zeros((30, 24, 11)), cases, 9)
    rows = np.broadcast_to(best_path.log_softmax(logits)[0], (30, 24, 11))
    ours, reference = both(lambda: case_ctc.log_probability(rows, ids, cases))
    assert_same(ours, reference, -np.inf)


@pytest.mark.parametrize("case", ["lower", "upper", "ignore"])
def test_readings(case):
    characters = "abcdefgABCDEF12"
    logits = logits_of("random", 6, (12, 24, len(characters) + 1))
    head = head_in_case(CTC, characters, case)
    ours, reference = both(lambda: predictions(logits, characters, [Frame(100, 30)] * 12, head))
    for one, other in zip(ours, reference, strict=True):
        assert (one.text, one.runner_up.text) == (other.text, other.runner_up.text)
        assert one.confidence == pytest.approx(other.confidence, rel=1e-9)
        assert [c.text for c in one.characters] == [c.text for c in other.characters]
