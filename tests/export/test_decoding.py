import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from captcha_model.confidence import read
from captcha_model.decoding import greedy
from captcha_model.export._decoding import best_path
from captcha_model.outputs import CTC, FIXED, Ctc

CHARACTERS = "abc"


class BestPath(Ctc):
    """CTC, decoded as the graph does it."""

    def emissions(self, probabilities):
        return greedy(probabilities)


def one_hot(*rows: str) -> np.ndarray:
    """Logits of which each row's letter is the likely class, "_" the blank."""
    ids = [[("_" + CHARACTERS).index(c) for c in row] for row in rows]
    return np.float32(np.eye(4)[ids] * 9)


def texts(ids) -> list[str]:
    return ["".join(("", *CHARACTERS)[i] for i in row) for row in np.asarray(ids)]


def test_ctc_collapses_and_fixed_places_do_not():
    logits = one_hot("aab_b", "_____", "_c_a_")
    assert texts(best_path(logits, CTC)[0]) == ["abb", "", "ca"]
    assert texts(best_path(logits, FIXED)[0]) == ["aabb", "", "ca"]


def test_padding_is_zero():
    ids, confidences, _ = best_path(one_hot("abc", "b__"), CTC)
    assert ids.numpy().tolist() == [[1, 2, 3], [2, 0, 0]]
    assert confidences.numpy()[1, 1:].tolist() == [0, 0]
    ids, confidences, confidence = best_path(one_hot("___"), CTC)
    assert ids.shape == confidences.shape == (1, 0)
    assert 0.99 < confidence[0] < 1


@pytest.mark.parametrize("output", [CTC, FIXED])
@given(seed=st.integers(0, 2**32 - 1), steps=st.integers(1, 12), sharpness=st.floats(0.1, 30))
@settings(max_examples=60, deadline=None)
def test_it_says_what_confidence_says_of_the_best_path(output, seed, steps, sharpness):
    logits = np.random.default_rng(seed).normal(0, sharpness, (3, steps, 4)).astype(np.float32)
    ids, confidences, confidence = best_path(logits, output)
    for i, row in enumerate(logits):
        expected = read(
            row, CHARACTERS, width=9, height=9, output=BestPath() if output is CTC else FIXED
        )
        length = len(expected.text)
        assert texts(ids)[i] == expected.text
        np.testing.assert_allclose(
            confidences[i, :length], [c.confidence for c in expected.characters], rtol=1e-4
        )
        assert not confidences[i, length:].numpy().any()
        np.testing.assert_allclose(confidence[i], expected.confidence, rtol=1e-4, atol=1e-30)
