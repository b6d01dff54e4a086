import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captcha_model._utils.right_to_left import other_order, reordered, unclear

LINES = st.text("אבגدرس12٣٤abZ-./:, %#", max_size=12)


# The right side is what python-bidi 0.6.12 gives with base_dir="R", as its code points in order.
@pytest.mark.parametrize(
    ("logical", "visual"),
    [
        ("", ""),
        ("ab12", "ab12"),
        ("12-34", "12-34"),  # No right-to-left letter, so the line runs from left to right.
        ("אבג", "גבא"),
        ("אב12", "12בא"),
        ("12אב", "בא12"),
        ("א1ב23", "23ב1א"),
        ("رس٣٤", "٣٤سر"),
        ("abאב", "באab"),
        ("אab1ב", "בab1א"),
        ("א-ב.ג", "ג.ב-א"),
        ("א-12", "12-א"),
    ],
)
def test_a_line_in_both_orders(logical, visual):
    assert unclear(logical) is None
    assert reordered(logical) == visual
    assert reordered(visual) == logical


@given(LINES)
def test_the_conversion_is_its_own_inverse(line):
    assert reordered(reordered(line)) == line
    assert sorted(other_order(line)) == list(range(len(line)))


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("א(a)", r"'\(' is drawn mirrored"),
        ("א1-2", "'-' beside digits"),
        ("א12%", "'%' beside digits"),
        ("אa b", "' ' beside digits or left-to-right letters"),
    ],
)
def test_lines_that_may_be_drawn_in_several_ways(line, reason):
    assert re.match(reason, unclear(line))
    assert unclear(line.replace("א", "")) is None
