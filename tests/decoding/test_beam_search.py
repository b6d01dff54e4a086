from collections import defaultdict

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from captcha_model.decoding.beam_search import beam_search, likelier_texts
from captcha_model.decoding.best_path import best_paths, log_softmax
from captcha_model.decoding.constraints import Constraint
from captcha_model.decoding.heads import CTC
from captcha_model.vocabulary import Vocabulary
from tests.decoding.constraining import constraint_options, parse_or_none, satisfies
from tests.decoding.every_path import one_hot, text_probabilities, tiny

ABC = Vocabulary("abc")


@pytest.mark.slow
@given(tiny(count=1))
@settings(deadline=None)
def test_a_wide_beam_finds_the_most_likely_of_all_texts(log_probabilities):
    known = text_probabilities(log_probabilities[0])
    found = beam_search(np.exp(log_probabilities[0]), width=10_000, negligible=0.0)
    assert known[found[0]] == pytest.approx(max(known.values()))
    # The most likely first, and none twice.
    ranked = [known[text] for text in found]
    assert ranked == pytest.approx(sorted(ranked, reverse=True))
    assert len(set(found)) == len(found)


@pytest.mark.slow
@given(tiny(count=1), st.data())
@settings(deadline=None)
def test_it_finds_the_most_likely_allowed_text(log_probabilities, data):
    classes = log_probabilities.shape[2]
    options = data.draw(constraint_options(classes))
    constraint = parse_or_none(classes, options)
    assume(constraint is not None)
    known = text_probabilities(log_probabilities[0])
    possible = {
        text: probability for text, probability in known.items() if satisfies(text, options)
    }
    found = beam_search(np.exp(log_probabilities[0]), 10_000, constraint, negligible=0.0)
    assert all(satisfies(text, options) for text in found)
    assert bool(found) == bool(possible)
    if possible:
        assert known[found[0]] == pytest.approx(max(possible.values()))


@pytest.mark.slow
@given(tiny(count=1, classes=4), st.data())
@settings(deadline=None)
def test_a_narrow_beam_finds_only_allowed_texts(log_probabilities, data):
    classes = log_probabilities.shape[2]
    options = data.draw(constraint_options(classes))
    constraint = parse_or_none(classes, options)
    assume(constraint is not None)
    known = text_probabilities(log_probabilities[0])
    found = beam_search(np.exp(log_probabilities[0]), 3, constraint)
    assert all(satisfies(text, options) and known[text] > 0 for text in found)


def plain_search(probabilities: np.ndarray, width: int) -> list[tuple[int, ...]]:
    """The search as in the papers: begin every prefix, then keep the best."""
    beam = {(): (1.0, 0.0)}
    for row in probabilities.tolist():
        grown = defaultdict(lambda: [0.0, 0.0])
        for prefix, (blank, last) in beam.items():
            grown[prefix][0] += (blank + last) * row[0]
            if prefix:
                grown[prefix][1] += last * row[prefix[-1]]
            for i in range(1, len(row)):
                repeats = bool(prefix) and prefix[-1] == i
                grown[*prefix, i][1] += (blank if repeats else blank + last) * row[i]
        ranked = sorted(grown.items(), key=lambda item: -sum(item[1]))
        beam = {prefix: tuple(both) for prefix, both in ranked[:width] if sum(both) > 0}
    return list(beam)


@given(
    st.integers(0, 2**32 - 1), st.integers(1, 12), st.integers(1, 9), st.sampled_from([0.1, 1, 4])
)
@settings(deadline=None)
def test_prefixes_that_do_not_begin_would_not_be_kept(seed, steps, width, sharpness):
    logits = np.random.default_rng(seed).normal(0, sharpness, (steps, 6))
    probabilities = np.exp(log_softmax(logits))
    expected = plain_search(probabilities, width)
    assert beam_search(probabilities, width, negligible=0.0) == expected


def test_two_weak_steps_for_one_character_are_one_character():
    """The best path reads no character, or two; the sum over paths reads one."""
    weak = np.array([[0.9, 0.1, 0], [0.55, 0.45, 0], [0.55, 0.45, 0], [0.9, 0.1, 0]])
    assert best_paths(weak[None]) == [()]
    assert beam_search(weak)[0] == (1,)
    strong = np.array([[0.4, 0.6, 0], [0.52, 0.48, 0], [0.4, 0.6, 0]])
    assert best_paths(strong[None]) == [(1, 1)]
    assert beam_search(strong)[0] == (1,)


def test_long_unsure_images_do_not_reach_zero():
    flat = np.full((1000, 20), 1 / 20)
    assert 0 < len(beam_search(flat)[0]) <= 1000


@pytest.mark.parametrize("sharpness", [5.0, 60.0, 600.0])
@pytest.mark.parametrize("length", [1, 20, 30])
def test_a_text_that_must_be_long_is_found_however_unlikely_it_is(sharpness, length):
    """Each character costs a factor, the more confident the network is of its blanks."""
    blanks = np.exp(log_softmax(one_hot("_" * 60, sharpness=sharpness)[0]))
    found = beam_search(blanks, constraint=Constraint.parse(ABC, length=length))
    assert found and all(len(text) == length for text in found)
    pattern = Constraint.parse(ABC, pattern="a" * length)
    assert beam_search(blanks, constraint=pattern) == [(1,) * length]


def test_lengths_do_not_compete():
    """One character is so much more likely that a common beam would lose two characters."""
    scores = one_hot("__a__b__", sharpness=4.0)
    scores[0, 5] = 0.0
    scores[0, 5, 0] = 30.0
    probabilities = np.exp(log_softmax(scores[0]))
    two = beam_search(probabilities, 1, Constraint.parse(ABC, length=2))
    assert [len(text) for text in two] == [2]
    several = beam_search(probabilities, 1, Constraint.parse(ABC, length=(1, 3)))
    assert sorted(map(len, several)) == [1, 2, 3]


@pytest.mark.slow
def test_a_large_vocabulary_and_many_lengths():
    probabilities = np.exp(log_softmax(np.random.default_rng(0).normal(0, 3, (60, 5001))))
    characters = "".join(chr(0x4E00 + i) for i in range(5000))
    constraint = Constraint.parse(Vocabulary(characters), length=(4, 12))
    found = beam_search(probabilities, 2, constraint)
    assert {len(text) for text in found} == set(range(4, 13))


def test_many_states_share_the_width():
    """The states of the pattern remember which of the last seven characters were an "a"."""
    constraint = Constraint.parse(ABC, pattern="[abc]*a[abc]{6}")
    accepting = sum(constraint.automaton.accepting)
    assert accepting == 64
    flat = np.full((20, 4), 1 / 4)
    narrow, wide = (beam_search(flat, width, constraint) for width in (8, 60))
    assert len(narrow) == accepting < len(wide) <= 60 * 21
    assert all(constraint.allows(text) for text in narrow + wide)


@pytest.mark.slow
@given(tiny(count=1), st.data())
@settings(deadline=None)
def test_it_finds_an_allowed_text_if_the_steps_hold_one(log_probabilities, data):
    classes = log_probabilities.shape[2]
    options = data.draw(constraint_options(classes))
    constraint = parse_or_none(classes, options)
    assume(constraint is not None)
    (text,) = CTC.search(log_probabilities, constraint, data.draw(st.integers(0, 3)))
    spelled = [t for t in text_probabilities(log_probabilities[0]) if satisfies(t, options)]
    assert satisfies(text, options) if spelled else text == ()


def searched(log_probabilities: np.ndarray, constraint=None, width: int = 8) -> dict:
    texts = best_paths(log_probabilities)
    known = CTC.log_probability(log_probabilities, texts)
    return likelier_texts(log_probabilities, texts, known, constraint, width)


def test_confident_texts_are_not_searched(monkeypatch):
    def never(*args):
        raise AssertionError("A text with more than half of the probability was searched.")

    monkeypatch.setattr("captcha_model.decoding.beam_search.beam_search", never)
    assert searched(log_softmax(one_hot("a_b_", "____"))) == {}
    assert searched(log_softmax(one_hot("a_b_", sharpness=0.1)), width=0) == {}
    with pytest.raises(AssertionError):
        searched(log_softmax(one_hot("a_b_", sharpness=0.1)))


def test_only_other_texts_are_returned():
    weak = np.log([[0.9, 0.1, 1e-9], [0.55, 0.45, 1e-9], [0.55, 0.45, 1e-9], [0.9, 0.1, 1e-9]])
    sure = np.log([[0.01, 0.98, 0.01], *[[0.98, 0.01, 0.01]] * 3])
    assert searched(np.stack([sure, weak, sure])) == {1: (1,)}
    only_b = Constraint.parse(Vocabulary("ab"), charset="b", length=(1, None))
    assert searched(np.stack([sure, weak]), only_b) == {0: (2,), 1: (2,)}
    # Without a search, texts that are not allowed are replaced nevertheless.
    assert searched(np.stack([sure, weak]), only_b, width=0) == {0: (2,), 1: (2,)}


@pytest.mark.parametrize(("pattern", "steps"), [("[ab]a", 2), ("[ab][ab]", 2), ("a[ab]a", 3)])
def test_few_steps_are_enough(pattern, steps):
    """No step is left for the blank between two equal characters, and "b" seems negligible."""
    scores = one_hot("a" * steps)
    constraint = Constraint.parse(ABC, pattern=pattern)
    (text,) = searched(log_softmax(scores), constraint, width=1).values()
    assert constraint.allows(text)


def test_the_text_is_empty_if_the_steps_hold_no_allowed_text():
    constraint = Constraint.parse(ABC, pattern="aaa")
    assert searched(log_softmax(one_hot("a_a")), constraint) == {0: ()}


@pytest.mark.parametrize("other", [-10.0, -10.5, -11.0])
def test_negligible_characters_that_are_about_equal_all_begin_a_text(other):
    """`ab` and `ba` have three paths each, `aa` has one."""
    row = np.exp([0.0, -10.0, other])
    constraint = Constraint.parse(Vocabulary("ab"), length=2)
    best, *_ = beam_search(np.tile(row / row.sum(), (3, 1)), 10, constraint)
    assert set(best) == {1, 2}
