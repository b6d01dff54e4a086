import itertools
import warnings

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from captcha_model.decoding.constraints import Constraint
from captcha_model.decoding.patterns import MAX_LENGTH
from captcha_model.errors import CaptchaError, ConstraintError
from captcha_model.vocabulary import Vocabulary
from tests.decoding.constraining import constraint_options, parse, satisfies

HEX = Vocabulary("0123456789abcdefXYZ-+[]^&|~")


def allowed(pattern: str, vocabulary: Vocabulary = HEX) -> list[str]:
    """The characters that may stand in each position of a pattern of one class a position."""
    automaton = Constraint.parse(vocabulary, pattern=pattern).automaton
    assert not automaton.rows[:, 0].any()
    assert [edge[:2] for edge in automaton.edges] == [(n, n + 1) for n in range(automaton.longest)]
    assert automaton.accepting == [False] * automaton.longest + [True]
    return [
        "".join(
            c for c, may in zip(vocabulary.characters, automaton.rows[row][1:], strict=True) if may
        )
        for _, _, row in automaton.edges
    ]


def message(**options) -> str:
    with pytest.raises(ConstraintError) as error:
        Constraint.parse(HEX, **options)
    assert isinstance(error.value, CaptchaError)
    assert error.value.code == "CONSTRAINT_INVALID"
    return str(error.value)


def test_without_arguments_there_is_no_constraint():
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
        # Python warns of these, because their meaning may change.
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


def test_patterns_without_positions():
    for pattern in ("", "a{0}", "()", "(|a{0})*"):
        assert message(pattern=pattern) == "A pattern has at least one position."


def test_values_that_are_no_patterns():
    assert message(pattern=12) == "pattern must be a string. Received: 12"
    assert message(pattern=b"\\d") == "pattern must be a string. Received: b'\\\\d'"


def test_the_longest_pattern():
    assert len(allowed(f"a{{{MAX_LENGTH}}}")) == MAX_LENGTH


@pytest.mark.parametrize(
    "length", [True, -1, 2.0, "5", (1,), (1, 2, 3), (3, 2), (True, 2), (0, 2.0), MAX_LENGTH + 1]
)
def test_invalid_lengths(length):
    assert message(length=length) == (
        f"length is a whole number from 0 to {MAX_LENGTH}, or (least, most). Received: {length!r}"
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
    ],
)
def test_lengths(length, expected):
    constraint = Constraint.parse(HEX, length=length)
    assert (constraint.shortest, constraint.longest) == expected
    assert constraint.anywhere.tolist() == [True, *[expected[1] != 0] * len(HEX)]


@pytest.mark.parametrize("length", [(None, None), (0, None), None])
def test_any_length_is_no_constraint(length):
    assert Constraint.parse(HEX, length=length) is None


def test_characters():
    constraint = Constraint.parse(HEX, charset="c0?a")
    assert np.flatnonzero(constraint.anywhere).tolist() == [0, *HEX.encode("0ac")]
    assert message(charset=["a", "b"]) == "charset must be a string. Received: ['a', 'b']"
    assert message(charset=7) == "charset must be a string. Received: 7"


@pytest.mark.parametrize(
    "options",
    [
        {"charset": ""},
        {"charset": "?!"},
        {"pattern": "[pq]"},
        {"pattern": "ab", "charset": "a"},
        {"pattern": "a(p|b[pq])", "charset": "ab"},
        {"pattern": "([pq]|p)?", "charset": "ab"},
        {"pattern": "é"},
    ],
)
def test_characters_that_the_model_does_not_know(options):
    assert message(**options) == (
        f"No text is left: the model knows only the characters {HEX.characters!r}."
    )


def test_a_pattern_and_a_length_must_agree():
    assert Constraint.parse(HEX, pattern="ab", length=2).longest == 2
    assert Constraint.parse(HEX, pattern="ab", length=(None, 5)).longest == 2
    for length in (3, (3, None), (0, 1)):
        assert message(pattern="ab", length=length) == (
            f"No text that matches the pattern 'ab' has the length {length!r}."
        )
    assert message(pattern="(ab){1,3}", length=5).endswith("'(ab){1,3}' has the length 5.")


@pytest.mark.parametrize(
    ("pattern", "length", "expected"),
    [
        ("a*", 3, (3, 3)),
        ("a*", (2, None), (2, None)),
        ("a+b?", (0, 4), (1, 4)),
        ("ab|abcd", (3, 9), (4, 4)),
        ("(ab)*", (3, 7), (4, 6)),
        ("a{2,5}", None, (2, 5)),
        ("a?", 0, (0, 0)),
    ],
)
def test_a_length_limits_a_pattern(pattern, length, expected):
    constraint = Constraint.parse(HEX, pattern=pattern, length=length)
    assert (constraint.shortest, constraint.longest) == expected


def test_a_network_holds_no_more_characters_than_it_has_steps():
    constraint = Constraint.parse(HEX, length=(2, 9))
    assert constraint.within(4).longest == 4
    assert constraint.within(9) is constraint
    assert Constraint.parse(HEX, length=(2, None)).within(4).longest is None
    with pytest.raises(
        ConstraintError,
        match=r"^The model reads up to 1 characters. The shortest allowed text has 2.$",
    ):
        constraint.within(1)


def test_only_alternatives_that_the_steps_can_hold_are_left():
    constraint = Constraint.parse(HEX, pattern="ab|cd[ef]{7}|a+c")
    within = constraint.within(4)
    assert not within.anywhere[HEX.encode("def")].any()
    for text in ("ab", "ac", "aaac"):
        assert within.allows(HEX.encode(text))
    assert constraint.allows(HEX.encode("cdeeeeeee"))
    assert constraint.within(9) is constraint


@pytest.mark.parametrize(
    "options",
    [{"pattern": "[a-c]*a[a-c]{12}"}, {"pattern": "([ab]|a[bc])*(a[ab]){20}", "length": (0, 500)}],
)
def test_complex_patterns_are_rejected(options):
    assert message(**options) == (
        "The pattern is too complex: its automaton has more than 1024 edges. Use fewer "
        "alternatives and repetitions."
    )


@pytest.mark.slow
@given(st.integers(2, 4).flatmap(lambda n: st.tuples(st.just(n), constraint_options(n))))
@settings(deadline=None)
def test_allowed_texts_are_those_of_python_regular_expressions(options):
    classes, options = options
    try:
        constraint = parse(classes, options)
    except ConstraintError:
        known = range(1, classes)
        texts = itertools.chain.from_iterable(itertools.product(known, repeat=n) for n in range(7))
        # A constraint that allows the empty text alone is an error, too.
        assert not any(satisfies(text, options) for text in texts if text)
        return
    assume(constraint is not None)
    for length in range(5):
        for text in itertools.product(range(1, classes), repeat=length):
            assert constraint.allows(text) == satisfies(text, options)
    texts = itertools.chain.from_iterable(
        itertools.product(range(1, classes), repeat=n) for n in range(7)
    )
    satisfying = [text for text in texts if satisfies(text, options)]
    assert constraint.shortest == min(map(len, satisfying), default=7)
    if constraint.longest is not None and constraint.longest < 7:
        assert constraint.longest == max(map(len, satisfying))
    if all(len(text) < 6 for text in satisfying):
        assert set(np.flatnonzero(constraint.anywhere)) == {0, *itertools.chain(*satisfying)}
    assert len(constraint.anywhere) == classes
    for steps in range(constraint.shortest, 5):
        within = constraint.within(steps)
        held = {text for text in satisfying if len(text) <= steps}
        assert {text for text in satisfying if within.allows(text)} >= held
