import itertools
import warnings

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from captcha_model.decoding.constraints import MAX_PLACES, Constraint
from captcha_model.errors import CaptchaError, ConstraintError
from captcha_model.vocabulary import Vocabulary
from tests.constraining import CHARACTERS, agrees, asks, parse

HEX = Vocabulary("0123456789abcdefXYZ-+[]^&|~")


def allowed(pattern: str, vocabulary: Vocabulary = HEX) -> list[str]:
    """The characters that may stand in each place of a pattern."""
    constraint = Constraint.parse(vocabulary, pattern=pattern)
    assert not constraint.allowed[:, 0].any()
    return [
        "".join(c for c, may in zip(vocabulary.characters, row[1:], strict=True) if may)
        for row in constraint.allowed
    ]


def message(**asked) -> str:
    with pytest.raises(ConstraintError) as error:
        Constraint.parse(HEX, **asked)
    assert isinstance(error.value, CaptchaError)
    assert error.value.code == "CONSTRAINT_INVALID"
    return str(error.value)


def test_what_is_not_asked_is_no_constraint():
    assert Constraint.parse(HEX) is None
    assert Constraint.parse(HEX, charset=None, length=None, pattern=None) is None


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (r"\d", ["0123456789"]),
        ("a", ["a"]),
        ("Z-", ["Z", "-"]),
        ("[a-c]{2}[XZ]", ["abc", "abc", "XZ"]),
        (r"[^\dX-Z]b{3}", ["abcdef-+[]^&|~", "b", "b", "b"]),
        (r"\[\]\^\+", ["[", "]", "^", "+"]),
        ("[]a]", ["a]"]),
        ("[^]a]{1}", ["0123456789bcdefXYZ-+[^&|~"]),
        (r"[\]\-\d]", ["0123456789-]"]),
        (r"[a\\]", ["a"]),
        ("[+-]", ["-+"]),
        ("a{0}b", ["b"]),
        ("-", ["-"]),
        ("&", ["&"]),
        # What Python warns of, because it may come to mean something else some day.
        ("[[a]", ["a["]),
        ("[a&&b]", ["ab&"]),
        ("[a||b~~c]", ["abc|~"]),
    ],
)
def test_patterns(pattern, expected):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert allowed(pattern) == expected
    constraint = Constraint.parse(HEX, pattern=pattern)
    assert (constraint.shortest, constraint.longest) == (len(expected),) * 2


def test_a_dot_is_any_character():
    assert allowed(".{2}") == [HEX.characters] * 2


@pytest.mark.parametrize(
    ("pattern", "where"),
    [
        ("[ab", "[ab"),
        ("a[", "["),
        ("a]", "]"),
        ("[]", "[]"),
        ("[^]", "[^]"),
        ("(ab)", "(ab)"),
        ("a|b", "|b"),
        ("a*", "*"),
        ("a+b", "+b"),
        ("a?", "?"),
        ("^a$", "^a$"),
        ("a$", "$"),
        ("a{2,3}", "{2,3}"),
        ("a{,3}", "{,3}"),
        ("a{}", "{}"),
        ("a{2", "{2"),
        ("{2}", "{2}"),
        ("a{2}{2}", "{2}"),
        ("a{99999}", "{99999}"),
        ("a}", "}"),
        ("ab\\", "\\"),
        (r"\x41", r"\x41"),
        (r"\1", r"\1"),
        ("a[z-a]", "[z-a]"),
        (r"[\q]", r"[\q]"),
    ],
)
def test_patterns_that_cannot_be_understood(pattern, where):
    assert message(pattern=pattern) == (
        f"The pattern {pattern!r} cannot be understood at {where!r}. It has a character, \\d, . or "
        "[...] for every place, each perhaps followed by {n}."
    )


def test_patterns_of_too_many_or_no_places():
    assert message(pattern="") == "A pattern has at least one place."
    assert message(pattern="a{0}") == "A pattern has at least one place."
    assert message(pattern="a{9999}") == f"A pattern has up to {MAX_PLACES} places."
    assert message(pattern="a" * (MAX_PLACES + 1)) == f"A pattern has up to {MAX_PLACES} places."
    assert len(allowed(f"a{{{MAX_PLACES}}}")) == MAX_PLACES
    assert message(pattern=12) == "pattern is a text. Received: 12"
    assert message(pattern=b"\\d") == "pattern is a text. Received: b'\\\\d'"


@pytest.mark.parametrize(
    "length", [True, -1, 2.0, "5", (1,), (1, 2, 3), (3, 2), (True, 2), (0, 2.0), MAX_PLACES + 1]
)
def test_lengths_that_make_no_sense(length):
    assert message(length=length) == (
        f"length is a whole number from 0 to {MAX_PLACES}, or (least, most). Received: {length!r}"
    )


@pytest.mark.parametrize(
    ("length", "expected"),
    [
        (5, (5, 5)),
        (0, (0, 0)),
        ((2, 4), (2, 4)),
        ([2, 4], (2, 4)),
        ((None, 4), (0, 4)),
        ((2, None), (2, None)),
        ((None, None), (0, None)),
    ],
)
def test_lengths(length, expected):
    constraint = Constraint.parse(HEX, length=length)
    assert (constraint.shortest, constraint.longest) == expected
    assert constraint.allowed[0].tolist() == [False, *[True] * len(HEX)]


def test_characters():
    constraint = Constraint.parse(HEX, charset="c0?a")
    assert np.flatnonzero(constraint.allowed[0]).tolist() == HEX.encode("0ac")
    assert message(charset=["a", "b"]) == "charset is a text of characters. Received: ['a', 'b']"
    assert message(charset=7) == "charset is a text of characters. Received: 7"


@pytest.mark.parametrize(
    "asked",
    [
        {"charset": ""},
        {"charset": "?!"},
        {"pattern": "[pq]"},
        {"pattern": "ab", "charset": "a"},
        {"pattern": r"a\b"},
        {"pattern": "é"},
    ],
)
def test_asking_for_what_the_model_does_not_know(asked):
    assert message(**asked) == (
        "No text is left: the model knows none of the characters that may stand in a place. It "
        f"knows {HEX.characters!r}."
    )


def test_a_pattern_and_a_length_must_agree():
    assert Constraint.parse(HEX, pattern="ab", length=2).longest == 2
    assert Constraint.parse(HEX, pattern="ab", length=(None, 5)).longest == 2
    for length in (3, (3, None), (0, 1)):
        assert message(pattern="ab", length=length) == (
            "The pattern 'ab' is for 2 characters, and the length is said to be another."
        )


def test_a_network_holds_no_more_characters_than_it_has_steps():
    constraint = Constraint.parse(HEX, length=(2, 9))
    assert constraint.within(4).longest == 4
    assert constraint.within(9) is constraint
    assert Constraint.parse(HEX, length=(2, None)).within(4).longest is None
    with pytest.raises(ConstraintError, match=r"^The model reads up to 1 characters. Asked for: 2"):
        constraint.within(1)


def test_places_behind_the_first_ones_are_like_the_last():
    constraint = Constraint.parse(HEX, charset="ab")
    assert constraint.rows(3).tolist() == constraint.allowed[[0, 0, 0]].tolist()
    assert constraint.rows(0).shape == (0, HEX.classes)


@given(st.integers(2, 4).flatmap(lambda n: st.tuples(st.just(n), asks(n))))
@settings(deadline=None)
def test_a_text_agrees_as_pythons_regular_expressions_say(asked):
    classes, asked = asked
    try:
        constraint = parse(classes, asked)
    except ConstraintError:
        known = range(1, classes)
        texts = itertools.chain.from_iterable(itertools.product(known, repeat=n) for n in range(7))
        # The empty text alone is not worth asking for.
        assert not any(agrees(text, asked) for text in texts if text)
        return
    assume(constraint is not None)
    for length in range(5):
        for text in itertools.product(range(1, classes), repeat=length):
            assert constraint.allows(text) == agrees(text, asked)
            assert not agrees(text, asked) or constraint.allows_length(length)
    assert constraint.anywhere[0]
    some = {i for n in range(4) for i in np.flatnonzero(constraint.rows(n).any(axis=0))}
    assert set(np.flatnonzero(constraint.anywhere)) >= some
    assert len(CHARACTERS[: classes - 1]) + 1 == constraint.allowed.shape[1]
