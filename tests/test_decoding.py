import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from captcha_model.decoding import Emission, greedy, greedy_texts

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
    assert greedy_texts(np.stack([one_hot(1, 0, 1), one_hot(2, 2, 0)]), "ab") == ["aa", "b"]
