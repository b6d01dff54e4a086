import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captcha_model.data.sources import find_samples
from captcha_model.data.splits import PARTS, bucket_of, indices_of, part_of


@given(st.text())
def test_the_bucket_is_the_hash_of_the_label(label):
    digest = hashlib.sha256(label.encode()).hexdigest()
    assert bucket_of(label) == int(digest[:16], 16) % 10
    assert part_of(label) == {0: "test", 1: "validation"}.get(bucket_of(label), "train")


@given(st.lists(st.text(max_size=5)))
def test_the_parts_are_all_of_it_once(labels):
    places = [i for part in PARTS for i in indices_of(labels, part)]
    assert sorted(places) == list(range(len(labels)))


@pytest.mark.parametrize(("label", "bucket"), [("2b827", 0), ("226md", 7), ("abc", 4), ("ä€", 4)])
def test_the_bucket_of_a_label_never_changes(label, bucket):
    assert bucket_of(label) == bucket


def test_the_real_data_falls_into_the_documented_parts(real_data):
    labels = [sample.label for sample in find_samples(real_data)]
    assert [len(indices_of(labels, part)) for part in PARTS] == [819, 98, 0]
