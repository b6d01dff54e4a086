import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from captcha_model.decoding import (
    Emission,
    align,
    beam_search,
    decode,
    greedy,
    softmax,
)

logits = st.tuples(st.integers(1, 5), st.integers(2, 4)).flatmap(
    lambda shape: arrays(np.float32, shape, elements=st.floats(-5, 5, width=16), unique=True)
)


def collapse(path: tuple[int, ...]) -> list[int]:
    """CTC's definition: merge adjacent equals, then drop blanks."""
    return [k for k, _ in itertools.groupby(path) if k != 0]


@given(logits)
def test_greedy_is_the_collapse_of_the_best_of_all_paths(scores):
    steps, classes = scores.shape
    paths = itertools.product(range(classes), repeat=steps)
    best = max(paths, key=lambda path: sum(float(scores[t, k]) for t, k in enumerate(path)))
    assert [e.id for e in greedy(scores)] == collapse(best)


@given(logits)
def test_runs_lie_apart_in_order_and_hold_their_own_class(scores):
    emissions = greedy(scores)
    best = scores.argmax(-1)
    for emission in emissions:
        assert 0 <= emission.start < emission.stop <= len(scores)
        assert (best[emission.start : emission.stop] == emission.id).all()
    assert all(a.stop <= b.start for a, b in itertools.pairwise(emissions))


def one_hot(*path: int) -> np.ndarray:
    return np.eye(3, dtype=np.float32)[list(path)]


def test_by_hand():
    assert greedy(one_hot(1, 1, 0, 1, 2)) == [
        Emission(1, 0, 2),
        Emission(1, 3, 4),
        Emission(2, 4, 5),
    ]
    assert greedy(one_hot(0, 0)) == []


def path_sums(probabilities: np.ndarray) -> dict[tuple[int, ...], float]:
    """The probability of every text: the sum over all paths that collapse to it."""
    steps, classes = probabilities.shape
    sums: dict[tuple[int, ...], float] = {}
    for path in itertools.product(range(classes), repeat=steps):
        text = tuple(collapse(path))
        product = float(np.prod([probabilities[t, k] for t, k in enumerate(path)]))
        sums[text] = sums.get(text, 0.0) + product
    return sums


@given(logits)
def test_a_wide_beam_finds_the_most_likely_of_all_texts(scores):
    probabilities = softmax(scores)
    sums = path_sums(probabilities)
    found = tuple(beam_search(probabilities, width=10_000, negligible=0.0))
    assert sums[found] == max(sums.values()) or abs(sums[found] - max(sums.values())) < 1e-12


@given(logits, st.data())
def test_an_alignment_is_the_best_of_all_paths_of_its_text(scores, data):
    probabilities = softmax(scores)
    steps, classes = probabilities.shape
    paths: dict[tuple[int, ...], list[tuple[int, ...]]] = {}
    for path in itertools.product(range(classes), repeat=steps):
        paths.setdefault(tuple(collapse(path)), []).append(path)
    text = data.draw(st.sampled_from(sorted(paths)))

    def likelihood(path) -> float:
        return float(np.log([probabilities[t, k] for t, k in enumerate(path)]).sum())

    found = align(probabilities, text)
    assert tuple(e.id for e in found) == text
    path = [0] * steps
    for emission in found:
        path[emission.start : emission.stop] = [emission.id] * (emission.stop - emission.start)
    assert collapse(tuple(path)) == list(text)
    best = max(likelihood(p) for p in paths[text])
    assert likelihood(path) == pytest.approx(best, abs=1e-9)


def test_two_weak_steps_for_one_character_are_one_character():
    """The best path reads nothing here, or one too many; the sum over paths reads one."""
    weak = np.array([[0.9, 0.1, 0], [0.55, 0.45, 0], [0.55, 0.45, 0], [0.9, 0.1, 0]])
    assert greedy(weak) == []
    assert [e.id for e in decode(weak)] == [1]
    strong = np.array([[0.4, 0.6, 0], [0.52, 0.48, 0], [0.4, 0.6, 0]])
    assert [e.id for e in greedy(strong)] == [1, 1]
    assert [e.id for e in decode(strong)] == [1]


def test_long_unsure_inputs_do_not_reach_zero():
    flat = np.full((1000, 20), 1 / 20)
    assert len(beam_search(flat)) <= 1000
    assert all(0 <= e.start < e.stop <= 1000 for e in decode(flat))
