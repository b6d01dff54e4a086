import pytest
from hypothesis import given
from hypothesis import strategies as st

from captcha_model.errors import DataError
from captcha_model.training.few_labels.folds import balanced_folds


@given(st.lists(st.sampled_from("abcdefghijk"), min_size=2, max_size=40), st.integers(2, 7))
def test_every_image_is_in_one_fold_with_all_of_its_label(labels, count):
    if len(set(labels)) < 2:
        with pytest.raises(DataError, match="two different labels"):
            balanced_folds(tuple(labels), count)
        return
    folds = balanced_folds(tuple(labels), count)
    assert sorted(index for fold in folds for index in fold) == list(range(len(labels)))
    assert len(folds) == min(count, len(set(labels)))
    assert all(fold == tuple(sorted(fold)) for fold in folds)
    for label in set(labels):
        places = {index for index, other in enumerate(labels) if other == label}
        assert sum(not places.isdisjoint(fold) for fold in folds) == 1


def test_labels_that_differ_in_case_only_may_be_one():
    labels = ("ab", "AB", "cd", "Cd", "ef")
    assert len(balanced_folds(labels, 5)) == 5
    for case in ("ignore", "lower", "upper"):
        folds = balanced_folds(labels, 5, case)
        assert {frozenset(fold) for fold in folds} == {
            frozenset({0, 1}), frozenset({2, 3}), frozenset({4})
        }  # fmt: skip
    with pytest.raises(DataError, match="different labels: 1"):
        balanced_folds(("ab", "AB"), case="ignore")


def test_folds_of_different_labels_have_nearly_one_size():
    sizes = [len(fold) for fold in balanced_folds(tuple(f"text{n}" for n in range(152)))]
    assert sorted(sizes) == [30, 30, 30, 31, 31]


@pytest.mark.parametrize(("count", "folds"), [(2, 2), (99, 3), (100, 5), (199, 5), (200, 3)])
def test_very_few_labels_and_many_have_fewer_folds(count, folds):
    assert len(balanced_folds(tuple(f"text{n}" for n in range(count)))) == folds


def test_the_order_of_the_images_does_not_matter():
    labels = tuple(f"{n:03d}" for n in range(23))
    there = [{labels[i] for i in fold} for fold in balanced_folds(labels)]
    back = [{labels[::-1][i] for i in fold} for fold in balanced_folds(labels[::-1])]
    assert there == back
