import yaml
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from hub_card.rendering import cell, code_span, percent, yaml_string

printable = st.text(st.characters(exclude_categories=("C", "Z"), include_characters=" `|\\"))


@given(printable.filter(lambda t: t.strip(" ")))
def test_code_is_shown_as_it_is(text):
    markdown = MarkdownIt("commonmark").enable("table")
    (inline,) = (t for t in markdown.parse(f"x {code_span(text)} x") if t.type == "inline")
    assert [c.content for c in inline.children if c.type == "code_inline"] == [text]
    row = f"| a | b |\n|---|---|\n| {cell(code_span(text))} | x |"
    cells = [t for t in markdown.parse(row) if t.type == "inline"][2:]
    assert [c.content for c in cells[0].children] == [text]
    assert cells[1].content == "x"


@given(printable)
def test_a_name_is_one_yaml_string(text):
    assert yaml.safe_load(f"- a: {yaml_string(text)}") == [{"a": text}]


def test_per_cent():
    assert [percent(x) for x in (0.0, 0.004081, 1.0)] == ["0.00%", "0.41%", "100.00%"]
