import re

import pytest
from hypothesis import given, settings

from captcha_model.decoding.patterns import (
    EMPTY,
    MAX_DEPTH,
    MAX_LENGTH,
    Choice,
    Concatenation,
    OneOf,
    Repeat,
    parse_pattern,
)
from captcha_model.errors import ConstraintError
from tests.decoding.constraining import patterns

A, B = OneOf("a"), OneOf("b")
NO_CLASS = "This is neither a character nor a class"
OPEN_CLASS = "The class is not closed"
ANCHOR = "Anchors are not supported: a pattern matches the whole text"
UNSUPPORTED = "Lookaround, backreferences, names and flags are not supported"
BRACES = r"Braces hold {n}, {m,n}, {m,} or {,n}; write \{ for the character"
NOTHING = "There is nothing to repeat"
TWICE = "A repetition cannot follow another one"


def message(pattern) -> str:
    with pytest.raises(ConstraintError) as error:
        parse_pattern(pattern)
    assert error.value.code == "CONSTRAINT_INVALID"
    return str(error.value)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("a", A),
        ("ab", Concatenation((A, B), 2)),
        ("[ab]", OneOf("[ab]")),
        (r"\d", OneOf(r"\d")),
        ("(a)", A),
        ("(?:a)", A),
        ("a|b", Choice((A, B), 2)),
        ("a|", Choice((A, EMPTY), 1)),
        ("a|a", Choice((A,), 1)),
        ("a?", Repeat(A, 0, 1, 1)),
        ("a*", Repeat(A, 0, None, 1)),
        ("a+", Repeat(A, 1, None, 1)),
        ("a{2}", Repeat(A, 2, 2, 2)),
        ("a{2,3}", Repeat(A, 2, 3, 3)),
        ("a{,3}", Repeat(A, 0, 3, 3)),
        ("a{3,}", Repeat(A, 3, None, 3)),
        ("a{,}", Repeat(A, 0, None, 1)),
        ("(ab){2}", Repeat(Concatenation((A, B), 2), 2, 2, 4)),
        ("ab{2}", Concatenation((A, Repeat(B, 2, 2, 2)), 3)),
        ("", EMPTY),
        ("(|)a{0}()*", EMPTY),
    ],
)
def test_patterns(pattern, expected):
    assert parse_pattern(pattern) == expected


@given(patterns)
@settings(deadline=None)
def test_what_is_parsed_is_a_regular_expression(pattern):
    assert parse_pattern(pattern).size >= 0
    re.compile(pattern)


@pytest.mark.parametrize(
    ("pattern", "where", "why"),
    [
        ("[ab", "[ab", OPEN_CLASS),
        ("a[", "[", OPEN_CLASS),
        ("a]", "]", NO_CLASS),
        ("[]", "[]", NO_CLASS),
        ("[^]", "[^]", NO_CLASS),
        ("a}", "}", NO_CLASS),
        ("ab\\", "\\", NO_CLASS),
        (r"\x41", r"\x41", NO_CLASS),
        ("a[z-a]", "[z-a]", NO_CLASS),
        (r"[\q]", r"[\q]", NO_CLASS),
        (r"\1", r"\1", UNSUPPORTED),
        (r"(a)\1", r"\1", UNSUPPORTED),
        ("a(?=b)", "(?=b)", UNSUPPORTED),
        ("(?!b)a", "(?!b)a", UNSUPPORTED),
        ("(?<=b)a", "(?<=b)a", UNSUPPORTED),
        ("(?P<n>a)", "(?P<n>a)", UNSUPPORTED),
        ("(?i)a", "(?i)a", UNSUPPORTED),
        ("(?>a)", "(?>a)", UNSUPPORTED),
        ("^a$", "^a$", ANCHOR),
        ("a$", "$", ANCHOR),
        (r"a\b", r"\b", ANCHOR),
        (r"\Aa", r"\Aa", ANCHOR),
        ("(ab", "(ab", "The group is not closed"),
        ("a(b|(c)", "(b|(c)", "The group is not closed"),
        ("a)b", ")b", "Unmatched )"),
        ("*", "*", NOTHING),
        ("+b", "+b", NOTHING),
        ("a|?", "?", NOTHING),
        ("({2})", "{2})", NOTHING),
        ("a*?", "?", TWICE),
        ("a++", "+", TWICE),
        ("a{2}{2}", "{2}", TWICE),
        ("a{}", "{}", BRACES),
        ("a{2", "{2", BRACES),
        ("a{99999}", "{99999}", BRACES),
        ("a{-1}", "{-1}", BRACES),
        ("a{3,2}b", "{3,2}b", "The least number of repetitions is greater than the greatest"),
    ],
)
def test_patterns_that_cannot_be_understood(pattern, where, why):
    expected = f"The pattern {pattern!r} cannot be understood at {where!r}. {why}."
    assert message(pattern) == expected


def test_patterns_that_are_too_long():
    assert message("a" * 10_001) == "A pattern has at most 10000 characters. Received: 10001"


@pytest.mark.parametrize("pattern", ["a{9999}", "a" * (MAX_LENGTH + 1), "(a{99}|b{99}){9}"])
def test_patterns_of_too_many_positions(pattern):
    found = message(pattern)
    assert found.startswith(
        f"A pattern has at most {MAX_LENGTH} positions after repetitions are written out. Received:"
    )
    assert len(found) < 200


def test_groups_in_groups():
    assert parse_pattern("(" * MAX_DEPTH + "a" + ")" * MAX_DEPTH) == A
    deeper = "(" * (MAX_DEPTH + 1) + "a" + ")" * (MAX_DEPTH + 1)
    assert message(deeper).endswith(f"Groups are nested more than {MAX_DEPTH} deep.")
