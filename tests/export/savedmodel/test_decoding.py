import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from captcha_model.decoding.heads import CTC, FIXED
from captcha_model.export.savedmodel._decoding import best_path
from tests.decoding.every_path import BOTH, one_hot
from tests.export.peaks import peaks

CHARACTERS = "abc"


def float32(*rows: str) -> np.ndarray:
    return one_hot(*rows).astype(np.float32)


def texts(ids) -> list[str]:
    return ["".join(("", *CHARACTERS)[i] for i in row) for row in np.asarray(ids)]


def test_ctc_collapses_and_fixed_places_do_not():
    logits = float32("aab_b", "_____", "_c_a_")
    assert texts(best_path(logits, CTC)[0]) == ["abb", "", "ca"]
    assert texts(best_path(logits, FIXED)[0]) == ["aabb", "", "ca"]


def test_padding_is_zero():
    ids, confidences, _ = best_path(float32("abc", "b__"), CTC)
    assert ids.numpy().tolist() == [[1, 2, 3], [2, 0, 0]]
    assert confidences.numpy()[1, 1:].tolist() == [0, 0]
    ids, confidences, confidence = best_path(float32("___"), CTC)
    assert ids.shape == confidences.shape == (1, 0)
    assert 0.99 < confidence[0] < 1


def test_confidences_by_hand():
    """The peaks of the runs, and for a text their product; no character counts where it is read."""
    probabilities = np.array([[[0.1, 0.9, 0.0], [0.2, 0.8, 0.0], [0.7, 0.2, 0.1], [0.3, 0.1, 0.6]]])
    logits = np.log(probabilities + 1e-30).astype(np.float32)
    ids, confidences, confidence = best_path(logits, CTC)
    assert ids.numpy().tolist() == [[1, 2]]
    assert confidences.numpy()[0] == pytest.approx([0.9, 0.6])
    assert confidence.numpy() == pytest.approx([0.9 * 0.6])
    ids, confidences, confidence = best_path(logits, FIXED)
    assert ids.numpy().tolist() == [[1, 1, 2]]
    assert confidences.numpy()[0] == pytest.approx([0.9, 0.8, 0.6])
    assert confidence.numpy() == pytest.approx([0.9 * 0.8 * 0.7 * 0.6])


@pytest.mark.slow
@BOTH
@given(seed=st.integers(0, 2**32 - 1), steps=st.integers(1, 12), sharpness=st.floats(0.1, 30))
@settings(max_examples=60, deadline=None)
def test_it_is_the_slow_reference(output, seed, steps, sharpness):
    logits = np.random.default_rng(seed).normal(0, sharpness, (3, steps, 4)).astype(np.float32)
    ids, confidences, confidence = best_path(logits, output)
    for i, row in enumerate(logits):
        expected = peaks(row, output, CHARACTERS)
        length = len(expected.text)
        assert texts(ids)[i] == expected.text
        np.testing.assert_allclose(confidences[i, :length], expected.characters, rtol=1e-4)
        assert not confidences[i, length:].numpy().any()
        np.testing.assert_allclose(confidence[i], expected.confidence, rtol=1e-4, atol=1e-30)
