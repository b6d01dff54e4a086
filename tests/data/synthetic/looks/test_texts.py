import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from captcha_model.data.synthetic.looks.texts import CHARACTERS, KINDS, draw_text


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(KINDS), st.integers(0, 2**40))
def test_texts_of_every_kind(kind, seed):
    text = draw_text(kind, np.random.default_rng(seed))
    assert 3 <= len(text) <= 10
    assert set(text) <= set(CHARACTERS)


@pytest.mark.parametrize(
    ("kind", "pattern"),
    [
        ("digits", r"\d+"),
        ("lower", "[a-z]+"),
        ("upper", "[A-Z]+"),
        ("mixed", "[0-9a-zA-Z]+"),
        ("codes", "[0-9A-Z]+"),
        ("hex", "[0-9a-f]+"),
        ("sums", r"\d{1,2}[-+*/]\d{1,2}(=\??)?"),
        ("decimals", r"\d{1,6}\.\d{1,3}"),
    ],
)
def test_the_form_of_a_text(kind, pattern):
    random = np.random.default_rng(1)
    texts = {draw_text(kind, random) for _ in range(60)}
    assert len(texts) > 40
    assert all(re.fullmatch(pattern, text) for text in texts)
