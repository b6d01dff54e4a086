import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from captcha_model.decoding.best_path import log_softmax, to_text
from captcha_model.decoding.confidences import confidences
from captcha_model.decoding.constraints import Constraint
from captcha_model.decoding.heads import CTC, FIXED
from captcha_model.decoding.merged_case import head_in_case
from captcha_model.decoding.posterior import predictions
from captcha_model.prediction import Frame
from captcha_model.vocabulary import Vocabulary
from tests.decoding.every_case import (
    CHARACTERS,
    any_case,
    lower,
    mean_runs,
    possible_texts,
    with_class,
)
from tests.decoding.every_path import BOTH, one_hot, text_probabilities

MERGING = pytest.mark.parametrize("case", ["ignore", "lower", "upper"])
SHAPES = st.tuples(st.integers(1, 3), st.integers(1, 5), st.just(4))
IMAGES = st.tuples(SHAPES, st.integers(0, 2**32 - 1), st.sampled_from([0.5, 3.0])).map(
    lambda drawn: log_softmax(
        np.random.default_rng(drawn[1]).normal(0, drawn[2], drawn[0]).astype(np.float64)
    )
)
FRAMES = [Frame(100, 50)] * 3


def exactly(value: float) -> object:
    return pytest.approx(value, rel=1e-9, abs=0)


@BOTH
@MERGING
@given(images=IMAGES, data=st.data())
@settings(deadline=None, max_examples=30)
def test_a_text_and_its_neighbours_are_the_sums_over_all_cases(output, case, images, data):
    texts = data.draw(possible_texts(images, output))
    head = head_in_case(output, CHARACTERS, case)
    found = head.neighbours(images, texts)
    assert np.exp(found.text) == pytest.approx(np.exp(head.log_probability(images, texts)))
    for n, (image, text) in enumerate(zip(images, texts, strict=True)):
        sums = any_case(image, output)
        assert np.exp(found.text[n]) == exactly(sums[text])
        for position in range(len(text)):
            before, after = text[:position], text[position + 1 :]
            assert np.exp(found.deletions[n, position]) == exactly(sums[before + after])
            for letter, classes in ((1, [1, 2]), (3, [3])):
                own = np.exp(found.substitutions[n, position, classes])
                assert own.sum() == exactly(sums[(*before, letter, *after)])
                assert np.count_nonzero(own) <= 1
        for gap in range(len(text) + 1):
            for letter, classes in ((1, [1, 2]), (3, [3])):
                own = np.exp(found.insertions[n, gap, classes])
                assert own.sum() == exactly(sums[(*text[:gap], letter, *text[gap:])])
                assert np.count_nonzero(own) <= 1
        if text:
            runs = np.stack([found.begins[n], found.ends[n]], axis=1)[: len(text)]
            assert runs == pytest.approx(mean_runs(image, text, output), rel=1e-9, abs=1e-9)


@BOTH
@MERGING
@given(images=IMAGES)
@settings(deadline=None, max_examples=30)
def test_readings_are_the_most_likely_texts_in_any_case(output, case, images):
    head = head_in_case(output, CHARACTERS, case)
    shown = {"lower": "aab", "upper": "AAb"}.get(case, CHARACTERS)
    readings = predictions(images, shown, FRAMES[: len(images)], head, beam_width=64)
    texts, same = confidences(images, shown, head, beam_width=64)
    for n, (image, reading) in enumerate(zip(images, readings, strict=True)):
        sums = any_case(image, output)
        ids = tuple(CHARACTERS.index(c) + 1 for c in reading.text)
        assert reading.confidence == exactly(sums[lower(ids)])
        assert (texts[n], same[n]) == (reading.text, exactly(reading.confidence))
        if output is CTC:
            assert reading.confidence == exactly(max(sums.values()))
        for position, i in enumerate(ids):
            if case == "ignore" and i in (1, 2):
                own, other = (with_class(image, ids, position, k, output) for k in (i, 3 - i))
                assert own >= other * (1 - 1e-9)
        for other in (reading.runner_up, reading.length_variant):
            if other is not None:
                found = tuple(shown.index(c) + 1 for c in other.text)
                assert other.confidence == exactly(sums[lower(found)])
                assert lower(found) != lower(ids)
        for character in reading.characters:
            together = character.confidence + sum(a.confidence for a in character.alternatives)
            assert together == pytest.approx(1)
            assert not {a.text.lower() for a in character.alternatives} & {character.text.lower()}


def test_merging_at_every_step_would_lose_a_letter():
    """The path "aA" spells two letters; in classes merged at every step it would be one."""
    images = log_softmax(one_hot("aA", characters=CHARACTERS, sharpness=40.0))
    head = head_in_case(CTC, CHARACTERS, "ignore")
    (reading,) = predictions(images, CHARACTERS, FRAMES[:1], head)
    assert reading.text == "aA"
    assert reading.confidence == pytest.approx(1)
    (keeping,) = predictions(images, CHARACTERS, FRAMES[:1], CTC)
    assert keeping.text == "aA"


def test_a_letter_counts_in_both_cases():
    """Neither case alone is as likely as the blank or another character; both together are."""
    images = np.log([[[0.2, 0.25, 0.3, 0.25]]])
    head = head_in_case(CTC, CHARACTERS, "ignore")
    (reading,) = predictions(images, CHARACTERS, FRAMES[:1], head)
    assert (reading.text, reading.confidence) == ("A", pytest.approx(0.55))
    (character,) = reading.characters
    assert character.confidence == pytest.approx(0.55 / 0.8)
    assert character.alternatives == (("b", pytest.approx(0.25 / 0.8)),)
    assert reading.runner_up == ("b", pytest.approx(0.25))


@BOTH
@MERGING
@given(images=IMAGES)
@settings(deadline=None, max_examples=20)
def test_a_text_in_any_case_is_at_least_as_likely_as_in_one(output, case, images):
    every = head_in_case(output, CHARACTERS, case)
    for kept, merged in zip(
        predictions(images, CHARACTERS, FRAMES[: len(images)], output, beam_width=64),
        predictions(images, CHARACTERS, FRAMES[: len(images)], every, beam_width=64),
        strict=True,
    ):
        if output is CTC:  # With fixed positions the text is not always the most likely one.
            assert merged.confidence >= kept.confidence * (1 - 1e-9)


PATTERNS = ["a+", "[a-z]{2}", "A|ba", "[^a]*", "(ab)?a", ".b?"]


@BOTH
@MERGING
@pytest.mark.parametrize("pattern", PATTERNS)
def test_constraints_apply_to_the_texts_in_the_case(output, case, pattern):
    vocabulary = Vocabulary(CHARACTERS + "B")
    pattern = pattern.upper() if case == "upper" else pattern.replace("A", "a")
    constraint = Constraint.parse(vocabulary, pattern=pattern, case=case)
    shown = {"lower": "aabb", "upper": "AABB"}.get(case, vocabulary.characters)
    rng = np.random.default_rng(1)
    images = log_softmax(rng.normal(0, 2, (3, 3, 5)))
    head = head_in_case(output, vocabulary.characters, case)
    readings = predictions(images, shown, FRAMES, head, constraint=constraint, beam_width=64)
    flags = re.IGNORECASE if case == "ignore" else re.NOFLAG
    for image, reading in zip(images, readings, strict=True):
        allowed: dict[str, float] = {}
        for ids, probability in text_probabilities(image, output).items():
            text = to_text(ids, shown)
            if re.fullmatch(pattern, text, flags):
                allowed[text.lower()] = allowed.get(text.lower(), 0.0) + probability
        total = sum(allowed.values())
        assert reading.constraint_probability == exactly(total)
        assert reading.confidence == exactly(allowed[reading.text.lower()] / total)
        if output is CTC:
            assert reading.confidence == exactly(max(allowed.values()) / total)
        if reading.runner_up:
            text, confidence = reading.runner_up
            assert confidence == exactly(allowed[text.lower()] / total)


def test_one_case_only_leaves_the_head_as_it_is():
    for head in (CTC, FIXED):
        assert head_in_case(head, "abc23", "ignore") is head
        assert head_in_case(head, "ABC23ß", "lower") is head
        assert head_in_case(head, "aA", "keep") is head


def test_unlikely_texts_are_exact():
    """A forced text may be less likely than the least float."""
    images = log_softmax(np.random.default_rng(0).normal(0, 300, (2, 12, 4)))
    head = head_in_case(CTC, CHARACTERS, "lower")
    found = head.log_probability(images, [(3, 3, 3), (1, 3, 1)])
    assert (found < -800).all()
    assert found == pytest.approx(head.neighbours(images, [(3, 3, 3), (1, 3, 1)]).text, rel=1e-12)
