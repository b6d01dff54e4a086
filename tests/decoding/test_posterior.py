import tracemalloc
import warnings

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from captcha_model.decoding import confidences
from captcha_model.decoding.best_path import Ids, log_softmax, to_text
from captcha_model.decoding.constraints import Constraint
from captcha_model.decoding.heads import CTC, FIXED
from captcha_model.decoding.posterior import predictions
from captcha_model.errors import ConstraintError
from captcha_model.prediction import Frame, Prediction
from captcha_model.vocabulary import Vocabulary
from tests.decoding.constraining import CHARACTERS, constraint_options, parse_or_none, satisfies
from tests.decoding.every_path import BOTH, mean_runs, one_hot, text_probabilities, tiny

FRAME = Frame(120, 50)
WIDE = 10_000

logits = st.tuples(st.integers(1, 3), st.integers(1, 12)).flatmap(
    lambda shape: arrays(np.float32, (*shape, 4), elements=st.floats(-30, 30, width=32))
)


def read_abc(scores, output=CTC, **how) -> list[Prediction]:
    return predictions(scores, "abc", [FRAME] * len(scores), output, **how)


def test_by_hand():
    """Two steps: "a" is spelled by aa, a_ and _a, "ab" by ab alone."""
    probabilities = np.array([[0.1, 0.9, 0.0], [0.3, 0.1, 0.6]])
    (reading,) = predictions(np.log(probabilities + 1e-12)[None], "ab", [FRAME], CTC)
    assert reading.text == "ab"
    assert reading.confidence == pytest.approx(0.9 * 0.6)
    first, second = reading.characters
    # "ab" against "bb", which needs a blank between, and against "aa", likewise.
    assert first.confidence == second.confidence == pytest.approx(1.0)
    assert reading.runner_up.text == "a"
    assert reading.runner_up.confidence == pytest.approx(0.9 * 0.1 + 0.9 * 0.3 + 0.1 * 0.1)
    assert reading.length_variant == reading.runner_up
    assert [(c.left, c.right) for c in reading.characters] == [(0.0, 60.0), (60.0, 120.0)]
    (fixed,) = predictions(np.log(probabilities + 1e-12)[None], "ab", [FRAME], FIXED)
    assert fixed.characters[0].confidence == pytest.approx(1.0)
    assert fixed.characters[1].confidence == pytest.approx(0.6 / 0.7)
    assert fixed.characters[1].alternatives[0].text == "a"


def test_an_empty_text_has_the_probability_of_its_blanks():
    (reading,) = read_abc(np.log([[[0.7, 0.1, 0.1, 0.1], [0.5, 0.3, 0.1, 0.1]]]), beam_width=0)
    assert (reading.text, reading.characters, reading.lowest) == ("", (), None)
    assert reading.confidence == pytest.approx(0.35)
    assert reading.runner_up.text == reading.length_variant.text == "a"
    # Spelled by aa, a_ and _a.
    assert reading.runner_up.confidence == pytest.approx(0.1 * 0.3 + 0.1 * 0.5 + 0.7 * 0.3)


def one_edit_away(one: Ids, other: Ids) -> bool:
    if len(one) > len(other):
        one, other = other, one
    if len(one) == len(other):
        return sum(a != b for a, b in zip(one, other, strict=True)) == 1
    return len(other) - len(one) == 1 and any(
        one == (*other[:k], *other[k + 1 :]) for k in range(len(other))
    )


@pytest.mark.slow
@BOTH
@given(log_probabilities=tiny(), data=st.data())
@settings(deadline=None)
def test_everything_is_exact(output, log_probabilities, data):
    """With and without a constraint, against the sums over all paths of all texts."""
    _, steps, classes = log_probabilities.shape
    options = data.draw(constraint_options(classes))
    constraint = parse_or_none(classes, options)
    assume(constraint is None or constraint.shortest <= steps)
    temperature = data.draw(st.sampled_from([0.5, 1.0, 3.0]))
    known = CHARACTERS[: classes - 1]
    readings = predictions(
        log_probabilities,
        known,
        [FRAME] * len(log_probabilities),
        output,
        temperature=temperature,
        constraint=constraint,
        beam_width=WIDE,
        alternatives=4,
    )
    for image, reading in zip(log_softmax(log_probabilities / temperature), readings, strict=True):
        probabilities = text_probabilities(image, output)
        if constraint is not None:
            probabilities = {t: p for t, p in probabilities.items() if satisfies(t, options)}
        total = sum(probabilities.values())
        likely = reading.constraint_probability
        assert likely == (None if constraint is None else pytest.approx(total, rel=1e-9))
        if not probabilities:
            assert (reading.text, reading.confidence, reading.runner_up) == ("", 0.0, None)
            continue
        text = tuple(CHARACTERS.index(c) + 1 for c in reading.text)
        assert reading.confidence == pytest.approx(probabilities[text] / total, rel=1e-9)
        if output is CTC:
            assert probabilities[text] == pytest.approx(max(probabilities.values()), rel=1e-2)

        near = {t: p for t, p in probabilities.items() if one_edit_away(t, text) and p > 0}
        longer = {t: p for t, p in near.items() if len(t) != len(text)}
        for other, among in ((reading.runner_up, near), (reading.length_variant, longer)):
            if not among:
                assert other is None
                continue
            named = {to_text(t, CHARACTERS): p for t, p in among.items()}
            assert other.confidence == pytest.approx(max(named.values()) / total, rel=1e-9)
            assert other.confidence == pytest.approx(named[other.text] / total, rel=1e-9)

        for place, character in enumerate(reading.characters):
            here = {
                t[place]: p
                for t, p in probabilities.items()
                if len(t) == len(text)
                and (*t[:place], *t[place + 1 :]) == (*text[:place], *text[place + 1 :])
            }
            share = {CHARACTERS[i - 1]: p / sum(here.values()) for i, p in here.items()}
            assert character.confidence == pytest.approx(share.pop(character.text), rel=1e-9)
            assert {a.text: a.confidence for a in character.alternatives} == pytest.approx(
                {c: p for c, p in share.items() if p > 0}, rel=1e-9
            )
        if len(text) == 1:
            ((begin, end),) = mean_runs(image, text, output)
            (character,) = reading.characters
            found = (character.left * steps / 120, character.right * steps / 120)
            assert found == pytest.approx((begin, end), abs=1e-6)


@pytest.mark.slow
@given(logits)
@settings(deadline=None)
def test_readings_are_well_formed(scores):
    for reading in read_abc(scores):
        assert 0 <= reading.confidence <= 1
        assert reading.text == "".join(c.text for c in reading.characters)
        for character in reading.characters:
            assert 0 < character.confidence <= 1
            assert 0 <= character.left < character.right <= 120
            confidences = [a.confidence for a in character.alternatives]
            assert confidences == sorted(confidences, reverse=True)
            assert character.confidence + sum(confidences) == pytest.approx(1)
        for a, b in zip(reading.characters[:-1], reading.characters[1:], strict=True):
            assert a.right == pytest.approx(b.left)


@pytest.mark.slow
@given(logits, st.floats(0.001, 1), st.integers(1, 4000))
@settings(deadline=None)
def test_spans_lie_in_the_image_whatever_the_padding(scores, filled, width):
    frames = [Frame(width, 50, filled)] * len(scores)
    for reading in predictions(scores, "abc", frames, CTC):
        assert (reading.width, reading.height) == (width, 50)
        assert all(0 <= c.left < c.right <= width for c in reading.characters)


def test_spans_are_ordered_even_where_paths_differ_much():
    """Half of the paths spell "abc" early, half late after a long "a"."""
    scores = np.full((1, 41, 4), -30.0)
    scores[0, :, 0] = 0.0
    for step, i in ((0, 1), (1, 2), (2, 3), (39, 2), (40, 3)):
        scores[0, step, i] = 0.0
    scores[0, 20:39, 1] = 0.0
    found = read_abc(scores, constraint=Constraint.parse(Vocabulary("abc"), pattern="abc"))[0]
    assert found.text == "abc"
    assert all(c.left < c.right for c in found.characters)


def test_without_an_order_there_are_no_spans():
    (reading,) = read_abc(one_hot("a_b"), left_to_right=False)
    assert [(c.left, c.right) for c in reading.characters] == [(None, None)] * 2


def test_the_number_of_alternatives():
    for alternatives, expected in ((0, 0), (1, 1), (3, 2), (99, 2)):
        (reading,) = read_abc(one_hot("a_b"), alternatives=alternatives)
        assert [len(c.alternatives) for c in reading.characters] == [expected] * 2
    (alone,) = predictions(one_hot("a_", characters="a"), "a", [FRAME], CTC)
    assert alone.characters[0].confidence == 1.0
    assert alone.characters[0].alternatives == ()


def test_a_batch_is_what_its_images_are_one_by_one(monkeypatch):
    scores = np.random.default_rng(0).normal(0, 4, (40, 12, 4))
    frames = [Frame(100 + n, 50, 0.5 + n / 80) for n in range(40)]
    together = predictions(scores, "abc", frames, CTC)
    alone = [predictions(scores[n : n + 1], "abc", frames[n : n + 1], CTC)[0] for n in range(40)]
    monkeypatch.setattr(confidences, "_BATCH_NUMBERS", 1)
    in_parts = predictions(scores, "abc", frames, CTC)
    assert len({len(reading.text) for reading in together}) > 3
    for readings in (alone, in_parts):
        for ours, theirs in zip(together, readings, strict=True):
            assert (ours.text, ours.width) == (theirs.text, theirs.width)
            assert ours.confidence == pytest.approx(theirs.confidence, rel=1e-11)
            assert ours.runner_up.text == theirs.runner_up.text
            assert ours.length_variant.confidence == pytest.approx(theirs.length_variant.confidence)
            for a, b in zip(ours.characters, theirs.characters, strict=True):
                assert a[:1] + a[2:4] == pytest.approx(b[:1] + b[2:4])
                assert a.confidence == pytest.approx(b.confidence, rel=1e-11)
                assert [x.text for x in a.alternatives] == [x.text for x in b.alternatives]
    assert predictions(scores[:0], "abc", [], CTC) == []


def test_long_allowed_texts_have_a_confidence_however_unlikely_they_are():
    """The network sees only blanks; all texts of 20 characters are about equally likely."""
    scores = one_hot("_" * 60, sharpness=60.0)
    (reading,) = read_abc(scores, constraint=Constraint.parse(Vocabulary("abc"), length=20))
    assert len(reading.text) == 20
    assert 0 < reading.confidence < 1e-8
    (reading,) = read_abc(scores, constraint=Constraint.parse(Vocabulary("abc"), pattern="ab{19}"))
    assert (reading.text, reading.confidence) == ("a" + 19 * "b", pytest.approx(1.0))
    assert all(c.confidence == 1.0 and not c.alternatives for c in reading.characters)
    assert (reading.runner_up, reading.length_variant) == (None, None)


def test_texts_that_are_not_allowed_have_no_probability():
    """The network sees an "a"; with only "b" and "c" allowed, these share the probability."""
    scores = one_hot("__a__", sharpness=20.0)
    scores[0, 2, 3] = 1.0
    constraint = Constraint.parse(Vocabulary("abc"), charset="bc", length=1)
    (reading,) = read_abc(scores, constraint=constraint)
    assert reading.text == "c"
    assert [a.text for a in reading.characters[0].alternatives] == ["b"]
    assert reading.confidence == pytest.approx(reading.characters[0].confidence)
    assert reading.confidence + reading.runner_up.confidence == pytest.approx(1)
    assert reading.length_variant is None
    assert reading.constraint_probability < 1e-6


def test_the_probability_of_a_constraint_by_hand():
    """It is that of all allowed texts, whether they have few characters or few classes."""
    probabilities = np.array([[0.1, 0.6, 0.3], [0.3, 0.1, 0.6]])

    def of(output=CTC, **options) -> float:
        constraint = Constraint.parse(Vocabulary("ab"), **options)
        scores = np.log(probabilities)[None]
        (reading,) = predictions(scores, "ab", [FRAME], output, constraint=constraint)
        return reading.constraint_probability

    # Without a "b" the paths have a blank or an "a" at each step, and without an "a" likewise.
    for output in (CTC, FIXED):
        assert of(output, charset="a") == pytest.approx(0.7 * 0.4)
        assert of(output, charset="b") == pytest.approx(0.4 * 0.9)
        assert of(output, charset="ab") == pytest.approx(1.0)
    # Two characters side by side: with CTC "ab" and "ba", with positions "aa" and "bb" too.
    assert of(length=2) == pytest.approx(0.6 * 0.6 + 0.3 * 0.1)
    assert of(FIXED, length=2) == pytest.approx(0.9 * 0.7)
    assert of(pattern="ab") == pytest.approx(0.6 * 0.6)
    assert of(FIXED, pattern="ab") == pytest.approx(0.6 * 0.6)
    assert of(charset="a", length=1) == pytest.approx(0.7 * 0.4 - 0.1 * 0.3)


@BOTH
def test_the_probability_of_a_constraint_that_the_image_rules_out_is_not_rounded_up(output):
    scores = one_hot("_" * 6, sharpness=300.0)
    constraint = Constraint.parse(Vocabulary("abc"), charset="ab", length=3)
    (reading,) = read_abc(scores, output, constraint=constraint)
    assert 0 <= reading.constraint_probability < 1e-300
    constraint = Constraint.parse(Vocabulary("abc"), pattern="aaa")
    (reading,) = read_abc(one_hot("a_a"), constraint=constraint)
    assert (reading.confidence, reading.constraint_probability) == (0.0, 0.0)


def test_allowed_texts_that_need_more_steps():
    constraint = Constraint.parse(Vocabulary("abc"), pattern="aaa")
    (reading,) = read_abc(one_hot("a_a"), constraint=constraint)
    assert (reading.text, reading.confidence) == ("", 0.0)
    assert (reading.runner_up, reading.length_variant) == (None, None)
    with pytest.raises(ConstraintError, match="reads up to 2 characters"):
        read_abc(one_hot("a_"), constraint=constraint)


@pytest.mark.slow
@pytest.mark.parametrize("output", [CTC, FIXED])
@pytest.mark.parametrize("options", [None, {"length": 20}, {"charset": "ab", "length": (3, None)}])
def test_long_and_extreme_logits(output, options):
    steps = 1000 if output is CTC else 60
    scores = np.random.default_rng(1).choice([-300.0, 0.0, 300.0], (2, steps, 6))
    scores[:, :, 0] += 300.0 * (np.arange(steps) % 40 > 0)
    constraint = Constraint.parse(Vocabulary("abcde"), **options) if options else None
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        readings = predictions(scores, "abcde", [FRAME] * 2, output, constraint=constraint)
    for reading in readings:
        numbers = [reading.confidence, *(c.confidence for c in reading.characters)]
        assert np.isfinite(numbers).all()
        assert constraint is None or constraint.allows(["_abcde".index(c) for c in reading.text])
        assert all(0 <= c.left < c.right <= 120 for c in reading.characters)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("count", "steps", "classes"), [(256, 50, 20), (2, 1000, 20), (4, 60, 5001)]
)
def test_memory_is_bounded(count, steps, classes):
    """Noise is the worst case: its text is nearly as long as the number of steps."""
    rng = np.random.default_rng(2)
    scores = rng.normal(0, 5, (count, steps, classes)).astype(np.float32)
    characters = "".join(chr(0x4E00 + i) for i in range(classes - 1))
    tracemalloc.start()
    try:
        readings = predictions(scores, characters, [FRAME] * count, CTC, beam_width=0)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert max(len(reading.text) for reading in readings) > steps / 2
    assert peak < 2**28
