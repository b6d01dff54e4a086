import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from captcha_model.lattices import NEVER
from captcha_model.lattices._forward import by_states, by_steps

lattices = st.tuples(st.integers(1, 8), st.integers(0, 4), st.integers(1, 3)).flatmap(
    lambda size: st.tuples(
        arrays(np.float64, (size[0], 2 * size[1] + 1, size[2]), elements=st.floats(-600, 0)),
        arrays(np.bool_, (2 * size[1] + 1, size[2])),
    )
)


def path_sums(own: np.ndarray, may_skip: np.ndarray) -> np.ndarray:
    """The recursion of one image, number by number."""
    steps, states = own.shape
    alpha = np.full((steps + 1, states), -np.inf)
    alpha[0, 0] = 0.0
    for t in range(steps):
        for s in range(states):
            ways = [alpha[t, s]]
            ways += [alpha[t, s - 1]] if s > 0 else []
            ways += [alpha[t, s - 2]] if s > 2 and s % 2 and may_skip[s] else []
            alpha[t + 1, s] = own[t, s] + np.logaddexp.reduce(ways)
    return alpha


@given(lattices)
def test_both_orders_are_the_recursion(lattice):
    own, may_skip = lattice
    may_skip[:3] = False
    may_skip[::2] = False
    skip = np.where(may_skip, 0.0, NEVER)
    expected = np.stack(
        [path_sums(own[..., n], may_skip[:, n]) for n in range(own.shape[2])], axis=2
    )
    for order in (by_steps, by_states):
        found = order(own, skip)
        impossible = np.isneginf(expected)
        assert (found[impossible] < NEVER / 2).all()
        assert found[~impossible] == pytest.approx(expected[~impossible], rel=1e-10, abs=1e-10)
