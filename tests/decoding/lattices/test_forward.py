import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from captcha_model.decoding.lattices import LOG_ZERO
from captcha_model.decoding.lattices._forward import forward_logarithms, forward_products


def lattices(least: float) -> st.SearchStrategy:
    return st.tuples(st.integers(1, 8), st.integers(0, 4), st.integers(1, 3)).flatmap(
        lambda size: st.tuples(
            arrays(np.float64, (size[0], 2 * size[1] + 1, size[2]), elements=st.floats(least, 0)),
            arrays(np.intp, (size[2], size[1]), elements=st.integers(0, 2)),
        )
    )


def path_sums(own: np.ndarray, text: np.ndarray) -> np.ndarray:
    """The recursion of one image, number by number."""
    steps, states = own.shape
    alpha = np.full((steps + 1, states), -np.inf)
    alpha[0, 0] = 0.0
    for t in range(steps):
        for s in range(states):
            ways = [alpha[t, s]]
            ways += [alpha[t, s - 1]] if s > 0 else []
            if s > 2 and s % 2 and text[s // 2] != text[s // 2 - 1]:
                ways += [alpha[t, s - 2]]
            alpha[t + 1, s] = own[t, s] + np.logaddexp.reduce(ways)
    return alpha


def references(own: np.ndarray, ids: np.ndarray) -> np.ndarray:
    return np.stack([path_sums(own[..., n], text) for n, text in enumerate(ids)], axis=2)


@given(lattices(-600))
def test_logarithms_are_the_recursion(lattice):
    own, ids = lattice
    expected = references(own, ids)
    found = forward_logarithms(own, ids)
    impossible = np.isneginf(expected)
    assert (found[impossible] < LOG_ZERO / 2).all()
    assert found[~impossible] == pytest.approx(expected[~impossible], rel=1e-10, abs=1e-10)


@given(lattices(-50))
def test_products_are_the_recursion(lattice):
    own, ids = lattice
    found = forward_products(np.exp(own), ids)
    assert found == pytest.approx(np.exp(references(own, ids)), rel=1e-10, abs=0)
