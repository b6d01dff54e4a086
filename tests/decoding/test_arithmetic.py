import ast
import operator
import re
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captcha_model.decoding import arithmetic
from captcha_model.decoding.arithmetic import (
    MAX_VALUE,
    TIMES,
    NoValueError,
    solve,
    with_value,
)
from captcha_model.prediction import Prediction

PYTHON = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.USub: operator.neg,
}


def by_python(text: str) -> Fraction:
    """Evaluate the syntax tree that Python itself makes, in fractions."""

    def value(node: ast.AST) -> Fraction:
        if isinstance(node, ast.BinOp):
            return PYTHON[type(node.op)](value(node.left), value(node.right))
        if isinstance(node, ast.UnaryOp):
            return PYTHON[type(node.op)](value(node.operand))
        assert isinstance(node, ast.Constant)
        return Fraction(node.value)

    return value(ast.parse(text, mode="eval").body)


def reason(text: str) -> str:
    with pytest.raises(NoValueError) as caught:
        solve(text)
    return str(caught.value)


NUMBERS = st.integers(0, 999).map(str)
FACTORS = st.builds(str.__add__, st.sampled_from(["", "", "", "-"]), NUMBERS)
STEPS = st.tuples(st.sampled_from("+-*/"), FACTORS).map("".join)
SUMS = st.builds(
    lambda first, steps: first + "".join(steps), FACTORS, st.lists(STEPS, min_size=1, max_size=8)
)


@given(SUMS, st.sampled_from(["", "=", "?", "=?"]), st.sampled_from(TIMES))
def test_the_value_is_the_one_that_python_gives(text, end, times):
    try:
        expected = by_python(text)
    except ZeroDivisionError:
        assert reason(text + end) == "it divides by zero"
        return
    text = text.replace("*", times) + end
    if expected.denominator != 1:
        assert reason(text) == "its value is not a whole number"
    elif abs(expected) > MAX_VALUE:
        assert reason(text) == "its value is too large"
    elif len(text) <= arithmetic.MAX_CHARACTERS:
        assert solve(text) == expected
        assert type(solve(text)) is int


@given(st.text(f"0123456789+-/{TIMES}=?. a()", max_size=20))
def test_whatever_is_solved_is_an_equation_that_the_value_solves(text):
    try:
        value = solve(text)
    except NoValueError:
        return
    text = re.sub(f"[{TIMES}]", "*", text.replace(" ", ""))
    left, equals, right = text.partition("=")
    if not equals:
        left, right = left.removesuffix("?"), "?"
    # Python's own numbers do not begin with a zero.
    plain = [re.sub(r"\b0+(?=[0-9])", "", side) for side in (left, right or "?")]
    one, other = (by_python(side.replace("?", f"({value})")) for side in plain)
    assert one == other


@given(st.text(max_size=30))
def test_any_text_has_a_value_or_a_reason(text):
    try:
        assert type(solve(text)) is int
    except NoValueError as error:
        assert len(str(error)) < 80


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12+8=?", 20),
        ("12+8=", 20),
        ("12+8?", 20),
        ("12+8", 20),
        ("2+3*4=?", 14),
        ("2-3-4", -5),
        ("24/4/3", 2),
        ("7/2*2", 7),
        ("1/3+2/3", 1),
        ("3x4=?", 12),
        ("3X4=?", 12),
        ("3\N{MULTIPLICATION SIGN}4=?", 12),
        ("-3+5", 2),
        ("5--3", 8),
        ("5*-3", -15),
        ("007+1", 8),
        ("12 + 8 = ?", 20),
        ("3+?=8", 5),
        ("?-3=8", 11),
        ("10-?=4", 6),
        ("3x?=12", 4),
        ("?/3=4", 12),
        ("-?+1=3", -2),
        ("?=3+4", 7),
        ("8=3+?", 5),
        ("2*?+1=3*5", 7),
        ("0/5", 0),
        (f"{MAX_VALUE}+0", MAX_VALUE),
        (f"-{MAX_VALUE}+0", -MAX_VALUE),
    ],
)
def test_values(text, value):
    assert solve(text) == value


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("7/2=?", "its value is not a whole number"),
        ("2x?=7", "its value is not a whole number"),
        ("5/0=?", "it divides by zero"),
        ("5/(1-1)", "it is not a sum"),
        ("12/?=4", "it divides by the unknown"),
        ("0*?=0", "no number or every number solves it"),
        ("0*?=1", "no number or every number solves it"),
        ("?+?=4", "it has several unknowns"),
        ("3+5=8", "nothing in it is unknown"),
        (f"{MAX_VALUE}+1", "its value is too large"),
        ("9*" * 31 + "99", "its value is too large"),
        ("1+" * 32 + "1", "it has over 64 characters"),
        ("9" * 5000, "it has over 64 characters"),
        *(
            (text, "it is not a sum of whole numbers with + - * / or x")
            for text in [
                *(
                    "",
                    " ",
                    "12",
                    "007",
                    "-5",
                    "w52g8",
                    "x",
                    "?",
                    "=?",
                    "=",
                    "+",
                    "1+",
                    "+1",
                    "1++1",
                ),
                *("1---1", "--1+1", "1*/2", "1 2+3", "12+8=?=", "1=2=?", "1.5+2", "2**3", "7//2"),
                *("(1+2)", "1+2;", "1+a", "3+?", "²+1", "٣+1", "1_0+1", "0x10+a", "1e3+1", "1+\n1"),
                *("__import__", "1+1 if 1 else 2", "3%2", "1,5+2", "12+8==?"),
            ]
        ),
    ],
)
def test_what_has_no_value_says_why(text, why):
    assert reason(text).startswith(why)


def test_a_reading_gets_its_value_or_a_warning():
    reading = Prediction("12+8=?", 0.9, (), 9, 9, warnings=("Before.",))
    assert with_value(reading).value == 20
    assert with_value(reading).warnings == ("Before.",)
    odd = with_value(Prediction("7/2", 0.9, (), 9, 9, warnings=("Before.",)))
    assert odd.value is None
    assert odd.warnings == (
        "Before.",
        "The text has no value, because its value is not a whole number.",
    )
    nothing = Prediction("", 0.9, (), 9, 9)
    assert with_value(nothing) is nothing
