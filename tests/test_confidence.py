import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from captcha_model.confidence import read, spans
from captcha_model.decoding import Emission, decode, softmax

logits = st.tuples(st.integers(1, 12), st.just(4)).flatmap(
    lambda shape: arrays(np.float32, shape, elements=st.floats(-30, 30, width=32))
)


def read_abc(scores, **kwargs):
    return read(scores, "abc", width=120, height=50, **kwargs)


def test_by_hand():
    probabilities = np.array(
        [[0.9, 0.1, 0, 0], [0.2, 0.7, 0.1, 0], [0.1, 0.8, 0.06, 0.04], [0.3, 0.1, 0.6, 0]]
    )
    reading = read_abc(np.log(probabilities + 1e-12), alternatives=2)
    assert reading.text == "ab"
    first, second = reading.characters
    assert first.confidence == pytest.approx(0.8)
    assert [(a.text, round(a.confidence, 6)) for a in first.alternatives] == [
        ("b", 0.06),
        ("c", 0.04),
    ]
    assert second.confidence == pytest.approx(0.6)
    assert second.alternatives[0].text == "a"
    assert reading.confidence == pytest.approx(0.48)


@given(logits)
def test_confidences_are_probabilities_and_spans_lie_in_the_image(scores):
    reading = read_abc(scores)
    assert len(reading.text) == len(reading.characters) == len(decode(softmax(scores)))
    assert 0 <= reading.confidence <= 1 + 1e-12
    for character in reading.characters:
        assert 0 < character.confidence <= 1 + 1e-12
        assert 0 <= character.left < character.right <= 120
        others = [a.text for a in character.alternatives]
        assert len(set(others)) == len(others) == 2
        assert character.text not in others
        certainties = [a.confidence for a in character.alternatives]
        assert certainties == sorted(certainties, reverse=True)
    for a, b in itertools.pairwise(reading.characters):
        assert a.right == pytest.approx(b.left)


@given(logits, st.floats(0.001, 1), st.integers(1, 4000))
def test_spans_lie_in_the_image_whatever_the_padding(scores, filled, width):
    reading = read(scores, "abc", width=width, height=50, filled=filled)
    whole = read(scores, "abc", width=width, height=50)
    for character, unpadded in zip(reading.characters, whole.characters, strict=True):
        assert 0 <= character.left < character.right <= width
        # Padding moves nothing that lies in the image, seen from the network's columns.
        assert character.right == pytest.approx(min(unpadded.right / filled, width))


@given(logits, st.floats(-100, 100))
def test_a_constant_added_to_a_step_changes_nothing(scores, constant):
    assert softmax(scores) == pytest.approx(softmax(scores.astype(np.float64) + constant), abs=1e-9)


def test_an_empty_text_is_as_sure_as_all_its_blanks():
    reading = read_abc(np.log([[0.7, 0.1, 0.1, 0.1], [0.5, 0.3, 0.1, 0.1]]))
    assert (reading.text, reading.characters, reading.lowest) == ("", (), None)
    assert reading.confidence == pytest.approx(0.35)


def test_without_an_order_there_are_no_spans():
    reading = read_abc(np.eye(4)[[1, 0, 2]] * 9, left_to_right=False)
    assert [(c.left, c.right) for c in reading.characters] == [(None, None)] * 2


def test_spans_meet_half_way_and_end_symmetrically():
    found = spans([Emission(1, 2, 3), Emission(2, 6, 7), Emission(3, 8, 9)], steps=10, width=200)
    assert found == [(10.0, 90.0), (90.0, 150.0), (150.0, 190.0)]
    assert spans([Emission(1, 2, 4)], 10, 200) == [(40.0, 80.0)]
    assert spans([], 10, 200) == []
    # A share of the columns shows the image, and the rest is padding.
    found = spans([Emission(1, 1, 2), Emission(2, 3, 4), Emission(3, 8, 9)], 10, 200, filled=0.5)
    assert found == [(20.0, 100.0), (100.0, 200.0), (160.0, 200.0)]
    assert spans([Emission(1, 7, 9)], 10, 200, filled=0.5) == [(160.0, 200.0)]
    # Here the image is narrower than a step.
    assert spans([Emission(1, 9, 10)], 10, 200, filled=0.05) == [(0.0, 200.0)]
    # Two characters far apart: the outer ends stop at the image's edges.
    assert spans([Emission(1, 0, 1), Emission(2, 9, 10)], 10, 200) == [(0.0, 100.0), (100.0, 200.0)]
