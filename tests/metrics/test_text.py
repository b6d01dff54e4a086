import functools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captcha_model.metrics.text import align, character_error_rate, edit_distance, word_accuracy

texts = st.text("abc", max_size=7)


@functools.cache
def brute_force(a: str, b: str) -> int:
    """Try every last edit: the definition itself, exponential without the cache."""
    if not a or not b:
        return len(a) + len(b)
    return min(
        brute_force(a[:-1], b[:-1]) + (a[-1] != b[-1]),
        brute_force(a[:-1], b) + 1,
        brute_force(a, b[:-1]) + 1,
    )


@given(texts, texts)
def test_edit_distance_is_the_definition(a, b):
    assert edit_distance(a, b) == brute_force(a, b) == edit_distance(b, a)


@given(texts, texts)
def test_an_alignment_spells_both_texts_with_the_fewest_edits(a, b):
    pairs = align(a, b)
    assert "".join(x for x, _ in pairs) == a
    assert "".join(y for _, y in pairs) == b
    assert sum(x != y for x, y in pairs) == edit_distance(a, b)
    assert ("", "") not in pairs


def test_an_alignment_prefers_substitutions():
    assert align("nm", "mm") == [("n", "m"), ("m", "m")]
    assert align("abc", "ac") == [("a", "a"), ("b", ""), ("c", "c")]
    assert align("ac", "abc") == [("a", "a"), ("", "b"), ("c", "c")]


def test_error_rates_count_over_the_corpus_and_not_by_text():
    assert character_error_rate(["aaaa", "b"], ["aaaa", "c"]) == pytest.approx(1 / 5)
    assert character_error_rate(["a"], ["abc"]) == 2.0
    assert word_accuracy(["ab", "cd"], ["ab", "cx"]) == 0.5


@pytest.mark.parametrize(("references", "readings"), [([], []), ([""], ["a"]), (["a"], ["a", "b"])])
def test_what_cannot_be_counted_is_an_error(references, readings):
    with pytest.raises(ValueError):
        character_error_rate(references, readings)


@pytest.mark.parametrize(("references", "readings"), [([], []), (["a"], [])])
def test_word_accuracy_needs_pairs(references, readings):
    with pytest.raises(ValueError):
        word_accuracy(references, readings)
