"""Folds of nearly equal size, for cross-fitting on few images."""

import hashlib
from collections.abc import Sequence

import numpy as np

from captcha_model.data.samples import Indices
from captcha_model.decoding.letter_case import Case, comparable
from captcha_model.errors import DataError

FOLDS, FEWEST_FOLDS = 5, 3
ENOUGH, MANY = 100, 200
"""From `ENOUGH` labels on there are `FOLDS`, and `FEWEST_FOLDS` below: so few labels promise little
however well they are used, and every fold takes the time of a training. From `MANY` on each
takes longer, and two thirds of the labels are many, too."""


def balanced_folds(
    labels: tuple[str, ...], folds: int | None = None, case: Case = "keep"
) -> list[tuple[int, ...]]:
    """Return the indices of the images of every fold, ascending.

    Images with the same label are in the same fold, so that no model is evaluated on a copy of an
    image that it was trained on. The hashes of the labels decide, so the order of the images does
    not matter.

    Args:
        labels: the texts of the images.
        folds: how many folds, from 2; with fewer different labels there are as many as those. None
            decides by the number of labels.
        case: labels that differ in it only are one.

    Raises:
        DataError: there are fewer than two different labels.
    """
    of_label: dict[str, list[int]] = {}
    for index, label in enumerate(labels):
        of_label.setdefault(comparable(label, case), []).append(index)
    if len(of_label) < 2:
        raise DataError(
            "A training needs images with two different labels or more. "
            f"Images: {len(labels)}; different labels: {len(of_label)}.",
            code="SPLIT_EMPTY",
        )
    folds = folds or (FOLDS if ENOUGH <= len(labels) < MANY else FEWEST_FOLDS)
    found: list[list[int]] = [[] for _ in range(min(folds, len(of_label)))]
    for label in sorted(of_label, key=lambda label: hashlib.sha256(label.encode()).digest()):
        # To the smallest fold, so that a frequent label does not make one much larger.
        min(found, key=len).extend(of_label[label])
    return [tuple(np.sort(fold).tolist()) for fold in found]


def without(count: int, held_out: Sequence[int]) -> Indices:
    """Return the indices of all images but those of a fold.

    Args:
        count: the number of images.
        held_out: the fold.
    """
    return np.setdiff1d(np.arange(count), held_out)
