import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from captcha_model.data.synthetic.looks.texts import (
    CHARACTERS,
    KINDS,
    SHOWN,
    draw_text,
    label_of,
)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(KINDS), st.integers(0, 2**40))
def test_texts_of_every_kind(kind, seed):
    text = draw_text(kind, np.random.default_rng(seed))
    assert 1 <= len(text) <= 10
    assert set(text) <= set(SHOWN)
    assert set(label_of(text)) <= set(CHARACTERS)
    assert len(label_of(text)) == len(text)


@pytest.mark.parametrize(
    ("kind", "pattern"),
    [
        ("digits", r"\d+"),
        ("lower", "[a-z]+"),
        ("upper", "[A-Z]+"),
        ("mixed", "[0-9a-zA-Z]+"),
        ("codes", "[0-9A-Z]+"),
        ("hex", "[0-9a-f]+"),
        ("sums", r"\d{1,2}[-+*x\u00d7/]\d{1,2}(=\??)?"),
        ("decimals", r"\d{1,6}\.\d{1,3}"),
        ("few", r"\d{1,3}"),
        ("signed", r"-\d{1,3}(\.\d)?"),
        ("clocks", r"\d{1,2}:[0-5]\d(:[0-5]\d)?"),
        ("tags", r"#[0-9A-Z]{2,8}|[0-9A-Z]{1,4}[-/:.][0-9A-Z]{1,4}"),
        ("plates", "[0-9A-Z]{2,8}"),
    ],
)
def test_the_form_of_a_text(kind, pattern):
    random = np.random.default_rng(1)
    texts = {draw_text(kind, random) for _ in range(60)}
    assert len(texts) > 40
    assert all(re.fullmatch(pattern, text) for text in texts)


def test_a_multiplication_sign_is_labelled_as_the_letter_that_it_looks_like():
    assert label_of("3\u00d74=?") == "3x4=?"
    random = np.random.default_rng(1)
    signs = {sign for _ in range(300) for sign in draw_text("sums", random) if not sign.isdigit()}
    assert signs == set("+-*/x\u00d7=?")
