import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from captcha_model.decoding.alternatives import in_positions, other_texts, relative_probabilities
from captcha_model.decoding.best_path import Ids, to_text
from captcha_model.decoding.lattices import fixed
from tests.decoding.every_path import BOTH, possible_texts, text_probabilities, tiny

CHARACTERS = "abc"
RECORDS = {"log_probabilities": tiny(), "data": st.data()}


def substitutions(text: Ids, place: int, classes: int) -> dict[str, Ids]:
    """The texts with another character in a position, by that character."""
    return {CHARACTERS[i - 1]: (*text[:place], i, *text[place + 1 :]) for i in range(1, classes)}


def edits(text: Ids, classes: int, *, same_length: bool) -> set[Ids]:
    """All texts that are one edit away."""
    found = {(*text[:g], i, *text[g:]) for g in range(len(text) + 1) for i in range(1, classes)}
    found |= {(*text[:place], *text[place + 1 :]) for place in range(len(text))}
    if same_length:
        for place in range(len(text)):
            found |= set(substitutions(text, place, classes).values())
    return found - {text}


def test_probabilities_given_that_texts_are_allowed():
    halves = relative_probabilities(np.log([0.25, 0.5, 0.5]), np.log([0.5, 0.5, 1.0]))
    assert halves == pytest.approx([0.5, 1.0, 0.5])
    # Rounding does not exceed 1, and without allowed texts all probabilities are 0.
    assert relative_probabilities(
        np.array([1e-9, -3.0, -np.inf]), np.array([0.0, np.inf, np.inf])
    ).tolist() == [1.0, 0.0, 0.0]


@BOTH
@given(**RECORDS)
@settings(deadline=None)
def test_the_characters_of_a_position_share_its_probability(output, log_probabilities, data):
    texts = data.draw(possible_texts(log_probabilities, output))
    most = data.draw(st.integers(0, 4))
    classes = log_probabilities.shape[2]
    found = output.neighbours(log_probabilities, texts)
    own, others = in_positions(found, texts, most, CHARACTERS[: classes - 1])
    for n, text in enumerate(texts):
        probabilities = text_probabilities(log_probabilities[n], output)
        for place, i in enumerate(text):
            each = {c: probabilities[t] for c, t in substitutions(text, place, classes).items()}
            total = sum(each.values())
            assert own[n][place] == pytest.approx(each.pop(CHARACTERS[i - 1]) / total, rel=1e-9)
            named = others[n][place]
            ranked = sorted((p / total for p in each.values() if p > 0), reverse=True)[:most]
            assert [a.confidence for a in named] == pytest.approx(ranked, rel=1e-9)
            for alternative in named:
                expected = each[alternative.text] / total
                assert alternative.confidence == pytest.approx(expected, rel=1e-9)
            assert len({a.text for a in named}) == len(named)


@BOTH
@given(**RECORDS)
@settings(deadline=None)
def test_other_texts_are_the_most_likely_of_all_edits(output, log_probabilities, data):
    texts = data.draw(possible_texts(log_probabilities, output))
    classes = log_probabilities.shape[2]
    total = np.log(data.draw(st.floats(0.5, 1.0)))
    found = output.neighbours(log_probabilities, texts)
    answers = other_texts(found, texts, np.full(len(texts), total), CHARACTERS[: classes - 1])
    for same_length, answer in zip((True, False), answers, strict=True):
        for n, text in enumerate(texts):
            probabilities = text_probabilities(log_probabilities[n], output)
            every = edits(text, classes, same_length=same_length)
            best = max((probabilities[other] for other in every), default=0.0)
            if best == 0:
                assert answer[n] is None
                continue
            assert answer[n].confidence == pytest.approx(min(1, best / np.exp(total)), rel=1e-9)
            named = {to_text(other, CHARACTERS): probabilities[other] for other in every}
            assert named[answer[n].text] == pytest.approx(best, rel=1e-9)


def test_ties_go_to_the_first_character_of_the_vocabulary():
    flat = np.log(np.full((1, 3, 4), 1 / 4))
    _, others = in_positions(fixed.neighbours(flat, [(2,)]), [(2,)], 3, "abc")
    assert [a.text for a in others[0][0]] == ["a", "c"]
