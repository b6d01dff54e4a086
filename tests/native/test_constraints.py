"""The compiled search with a constraint, and its probability, against their reference."""

import time
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from captcha_model.decoding import best_path
from captcha_model.decoding.beam_search import NEGLIGIBLE, beam_search
from captcha_model.decoding.constraints import Constraint
from captcha_model.decoding.lattices import partition
from captcha_model.errors import ConstraintError
from captcha_model.vocabulary import Vocabulary
from tests.native.both_ways import KINDS, assert_same, both, lattices, logits_of

CHARACTERS = "".join(map(chr, range(ord("a"), ord("z") + 1))) + "".join(
    chr(0x4E00 + n) for n in range(400)
)
PATTERNS = (
    *("a+b?", "[a-f]{2}.*", "(a|b)*c?.{3}", ".*a.{4}", "a.*|b.*", ".{2,9}", "(ab|ba)+"),
    *("[^a]*a[^a]*", "(aa|bb)*.?", r"\w{3}|\w{7}", "", "aaa", "(a|bb)*", "a{0,3}b{0,3}.{0,3}"),
)
lengths = st.one_of(
    st.integers(1, 30),
    st.tuples(st.none() | st.integers(0, 4), st.none() | st.integers(4, 20)),
)


@st.composite
def constraints(draw: st.DrawFn, classes: int) -> Constraint | None:
    """A constraint for a number of classes; None where it allows no text, or all of them."""
    known = CHARACTERS[: classes - 1]
    options: dict[str, Any] = draw(
        st.fixed_dictionaries(
            {},
            optional={
                "length": lengths,
                "charset": st.sets(st.sampled_from(known), min_size=1).map("".join),
                "pattern": st.sampled_from(PATTERNS),
            },
        )
    )
    try:
        return Constraint.parse(Vocabulary(known), **options)
    except ConstraintError:
        return None


@settings(deadline=None, max_examples=60)
@given(lattices(most_classes=400), st.data())
def test_the_probability_of_the_constraint(logits, data):
    constraint = data.draw(constraints(logits.shape[2]))
    assume(constraint is not None)
    log_probabilities = best_path.log_softmax(logits)
    ours, reference = both(lambda: partition.ctc(log_probabilities, constraint))
    assert_same(ours, reference, -np.inf)


def assert_equal_searches(image, width, constraint, negligible=NEGLIGIBLE):
    ours, reference = both(lambda: beam_search(image, width, constraint, negligible))
    assert ours == reference
    return ours


@settings(deadline=None, max_examples=100)
@given(
    lattices(most_steps=40, most_classes=40),
    st.data(),
    st.integers(1, 10),
    st.sampled_from([NEGLIGIBLE, NEGLIGIBLE, 0.0, 0.4]),
)
def test_the_search_finds_the_same_texts_in_the_same_order(logits, data, width, negligible):
    constraint = data.draw(constraints(logits.shape[2]))
    assume(constraint is not None)
    for image in np.exp(best_path.log_softmax(logits[:2])):
        found = assert_equal_searches(image, width, constraint, negligible)
        assert all(constraint.allows(text) for text in found)


@pytest.mark.parametrize("kind", KINDS)
def test_the_search_finds_the_same_in_many_steps_and_classes(kind):
    for shape, options in (
        ((1, 200, 12), {"length": (4, 7)}),
        ((1, 60, 12), {"length": 12, "pattern": "[a-e]*f[a-e]*"}),
        ((1, 20, 400), {"charset": CHARACTERS[:300:2], "length": 4}),
    ):
        (image,) = np.exp(best_path.log_softmax(logits_of(kind, 1, shape)))
        constraint = Constraint.parse(Vocabulary(CHARACTERS[: shape[2] - 1]), **options)
        assert_equal_searches(image, 3, constraint)


def test_states_that_share_the_width():
    """The states of the pattern remember which of the last seven characters were an "a"."""
    constraint = Constraint.parse(Vocabulary("abc"), pattern="[abc]*a[abc]{6}")
    flat = np.full((20, 4), 1 / 4)
    for width in (1, 3, 8, 60):
        assert_equal_searches(flat, width, constraint)


def test_the_widest_search():
    constraint = Constraint.parse(Vocabulary("abc"), length=(1, 4), pattern="a.*")
    (image,) = np.exp(best_path.log_softmax(logits_of("flat", 1, (1, 7, 4))))
    found = assert_equal_searches(image, 2**62, constraint, 0.0)
    assert len(found) == 1 + 3 + 9 + 27


def test_texts_less_likely_than_the_least_float():
    """Beams of different levels are added up, however far apart they are."""
    (image,) = np.exp(best_path.log_softmax(logits_of("certain", 2, (1, 60, 8))))
    for options in ({"length": (1, 25)}, {"pattern": "(a|bc)*d.*"}, {"length": 25}):
        constraint = Constraint.parse(Vocabulary("abcdefg"), **options)
        assert assert_equal_searches(image, 8, constraint)


def test_a_length_costs_little():
    """A search with one takes about six times as long in Python as the whole reading without it."""
    constraint = Constraint.parse(Vocabulary(CHARACTERS[:60]), length=(3, 6))
    images = np.exp(best_path.log_softmax(logits_of("random", 3, (20, 24, 61))))

    def search() -> float:
        start = time.process_time()
        for image in images:
            beam_search(image, 8, constraint)
        return time.process_time() - start

    ours, reference = both(search)
    assert ours < reference / 10
