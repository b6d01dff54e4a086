import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from captcha_model.errors import VocabularyError
from captcha_model.vocabulary import Vocabulary

printable = st.characters(categories=["L", "N", "P", "S"])
characters = st.lists(printable, min_size=1, max_size=40, unique=True).map("".join)


def test_ids_count_from_one_and_zero_is_no_character():
    vocabulary = Vocabulary("abc")
    assert vocabulary.encode("cab") == [3, 1, 2]
    assert vocabulary.decode([0, 3, 0, 1, 2, 0]) == "cab"
    assert (len(vocabulary), vocabulary.classes) == (3, 4)


@given(st.data())
def test_what_is_encoded_is_decoded(data):
    vocabulary = Vocabulary(data.draw(characters))
    text = data.draw(st.text(st.sampled_from(vocabulary.characters)))
    ids = vocabulary.encode(text)
    assert vocabulary.decode(ids) == text
    assert all(1 <= i < vocabulary.classes for i in ids)


@given(st.lists(st.text(printable, min_size=1), min_size=1))
def test_from_labels_covers_them_in_order_of_code_points(labels):
    vocabulary = Vocabulary.from_labels(labels)
    assert not any(vocabulary.unknown(label) for label in labels)
    assert list(vocabulary.characters) == sorted(set("".join(labels)))


@pytest.mark.parametrize(
    "bad", ["", "aba", "a\n", "a\u0301", "a\ud800", ["a", "b"], None, "a" * 10_001]
)
def test_what_is_not_a_vocabulary_is_refused(bad):
    with pytest.raises(VocabularyError) as caught:
        Vocabulary(bad)
    assert caught.value.code == "VOCABULARY_INVALID"


def test_an_unknown_character_is_named():
    with pytest.raises(VocabularyError, match="'x'") as caught:
        Vocabulary("abc").encode("axb")
    assert caught.value.code == "CHARACTER_UNKNOWN"
    assert Vocabulary("abc").unknown("xaxy") == ["x", "y"]


@pytest.mark.parametrize("bad", [-1, 4])
def test_an_id_out_of_range_is_refused(bad):
    with pytest.raises(VocabularyError, match=str(bad)):
        Vocabulary("abc").decode([bad])


def test_targets_are_padded_with_the_blank():
    targets = Vocabulary("abc").encode_batch(["a", "cb"])
    assert targets.dtype == np.int32
    assert targets.tolist() == [[1, 0], [3, 2]]
    assert Vocabulary("abc").encode_batch([]).shape == (0, 0)


def test_string_lookup_numbers_as_we_do():
    vocabulary = Vocabulary("2b7xé")
    lookup, inverse = vocabulary.string_lookup(), vocabulary.string_lookup(invert=True)
    assert lookup(list(vocabulary.characters)).numpy().tolist() == [1, 2, 3, 4, 5]
    assert lookup([""]).numpy().tolist() == [0]
    assert [t.decode() for t in inverse([3, 0, 5]).numpy()] == ["7", "", "é"]
    assert lookup.vocabulary_size() == vocabulary.classes


def test_vocabularies_compare_by_their_characters():
    assert Vocabulary("ab") == Vocabulary("ab") != Vocabulary("ba")
    assert len({Vocabulary("ab"), Vocabulary("ab")}) == 1
    assert "a" in Vocabulary("ab")
    assert repr(Vocabulary("ab")) == "Vocabulary('ab')"
