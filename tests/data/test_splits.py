import hashlib
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captcha_model.data.sources import find_samples
from captcha_model.data.splits import (
    SPLITS,
    bucket_of,
    folder_split_of,
    indices_of,
    indices_of_split,
    random_split,
    split_of,
    warn_of_trained_folders,
    warn_of_unused_folders,
)
from captcha_model.errors import DataError, DataWarning


@given(st.text())
def test_the_bucket_is_the_hash_of_the_label(label):
    digest = hashlib.sha256(label.encode()).hexdigest()
    assert bucket_of(label) == int(digest[:16], 16) % 10
    assert split_of(label) == {0: "test", 1: "validation"}.get(bucket_of(label), "train")


@given(st.lists(st.text(max_size=5)))
def test_the_splits_are_a_partition(labels):
    indices = [i for split in SPLITS for i in indices_of(labels, split)]
    assert sorted(indices) == list(range(len(labels)))


@given(
    st.integers(0, 2000),
    st.floats(0, 1, exclude_min=True, exclude_max=True),
    st.integers(0, 2**32),
)
def test_a_random_split_is_a_partition(count, fraction, seed):
    training, validation = random_split(count, fraction, seed)
    assert sorted([*training, *validation]) == list(range(count))
    assert list(training) == sorted(training) and list(validation) == sorted(validation)
    assert abs(len(validation) - count * fraction) <= 1
    if count >= 2:
        assert len(training) and len(validation)
    again = random_split(count, fraction, seed)
    assert (training == again[0]).all() and (validation == again[1]).all()


def test_a_random_split_by_hand():
    training, validation = random_split(10, 0.3, seed=0)
    assert (training.tolist(), validation.tolist()) == ([0, 1, 3, 5, 7, 8, 9], [2, 4, 6])
    assert random_split(10, 0.3, seed=1)[1].tolist() != [2, 4, 6]
    assert [split.tolist() for split in random_split(1, 0.9, seed=0)] == [[0], []]


@pytest.mark.parametrize("fraction", [0, 1, -0.1, 1.5, float("nan")])
def test_a_fraction_leaves_images_for_both_splits(fraction):
    with pytest.raises(DataError, match="fraction") as caught:
        random_split(10, fraction, seed=0)
    assert caught.value.code == "FRACTION_INVALID"


@pytest.mark.parametrize(("label", "bucket"), [("2b827", 0), ("226md", 7), ("abc", 4), ("ä€", 4)])
def test_the_bucket_of_a_label_never_changes(label, bucket):
    assert bucket_of(label) == bucket


def test_the_real_data_has_the_documented_splits(real_data):
    labels = [sample.label for sample in find_samples(real_data)]
    assert [len(indices_of(labels, split)) for split in SPLITS] == [819, 98, 0]


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("train/0.png", "train"),
        ("data/Training/a/0.png", "train"),
        ("val/0.png", "validation"),
        ("dev/0.png", "validation"),
        ("data/test-00001-of-00002/0000001", "test"),
        ("train/test/0.png", "train"),
        ("train.png", None),
        ("trained/0.png", None),
        ("0.png", None),
    ],
)
def test_a_folder_names_a_split(name, split):
    assert folder_split_of(name) == split


def test_splits_by_folders():
    names = ["train/0", "valid/1", "train/2", "test/3"]
    chosen = {s: indices_of_split(names, "abcd", s, "folders").tolist() for s in SPLITS}
    assert chosen == {"train": [0, 2], "validation": [1], "test": [3]}
    by_hash = indices_of_split(names, ["2b827"] * 4, "test", "hash")
    assert by_hash.tolist() == [0, 1, 2, 3]


def test_without_a_validation_folder_a_part_of_train_is_it():
    labels = [f"label {number}" for number in range(200)]
    names = [f"{'train' if number % 2 else 'test'}/{number}" for number in range(200)]
    chosen = {s: indices_of_split(names, labels, s, "folders").tolist() for s in SPLITS}
    assert chosen["test"] == list(range(0, 200, 2))
    assert sorted(chosen["train"] + chosen["validation"]) == list(range(1, 200, 2))
    held_out = [n for n in range(1, 200, 2) if split_of(labels[n]) == "validation"]
    assert chosen["validation"] == held_out and 5 < len(held_out) < 20


def test_an_image_in_no_folder_of_a_split_is_named():
    with pytest.raises(DataError, match=r"1 images are in no folder .*: x/1\.") as caught:
        indices_of_split(["train/0", "x/1"], "ab", "train", "folders")
    assert caught.value.code == "SPLIT_FOLDER_MISSING"


def test_folders_of_splits_that_are_not_used_are_told():
    with pytest.warns(DataWarning, match=r"splits test, train, .* --splits folders"):
        warn_of_unused_folders(["train/0.png", "test/0.png"])


@pytest.mark.parametrize("names", [["train/0.png", "train/1.png"], ["train/0", "x", "test/1"], []])
def test_other_folders_are_no_matter(names):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_of_unused_folders(names)


@pytest.mark.parametrize(
    "names, says",
    [
        (["train/0", "test/1", "val/2"], "the 2 in folders for test and validation. --splits f"),
        (["0", "test/1"], "the 1 in folders for test. --splits folders and a folder train for"),
        (["train/0", "train/1"], ""),
        (["test/0", "test/1"], ""),
        (["0", "1"], ""),
    ],
)
def test_folders_of_held_out_splits_that_are_trained_on_are_told(names, says):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warn_of_trained_folders(names)
    assert len(caught) == bool(says) and all(says in str(each.message) for each in caught)
