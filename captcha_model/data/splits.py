"""Splitting a data set into training, validation and test: by hash, by folders, or randomly.

A split by the hash of the label is stable: adding images never moves an old one to another split,
and identical images with the same label always fall into the same split. A split by folders keeps
one that somebody else made. A random split lets the caller choose the number of validation images.
"""

import hashlib
import re
import warnings
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath
from typing import Literal, TypeAlias, get_args

import numpy as np
import numpy.typing as npt

from captcha_model._utils.name_some import count_some
from captcha_model.data.source_options import SplitRule
from captcha_model.errors import DataError, DataWarning

Split: TypeAlias = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = get_args(Split)
BUCKETS = 10

# What people call the folders of splits; a Parquet file `train-00000-of-00002` counts as a folder.
_FOLDER = re.compile(
    r"(?:(?P<train>train|training)|(?P<validation>validation|valid|val|dev)|"
    r"(?P<test>test|testing|eval|evaluation))(?:-\d+-of-\d+)?",
    re.IGNORECASE | re.ASCII,
)


def bucket_of(label: str) -> int:
    """Return a label's bucket, 0 to 9: the first 8 bytes of its SHA-256, big-endian, modulo 10."""
    digest = hashlib.sha256(label.encode("utf-8")).digest()
    return int.from_bytes(digest[:8], "big") % BUCKETS


def split_of(label: str) -> Split:
    """Return the split of a label: bucket 0 is test, bucket 1 is validation, the rest is train."""
    bucket = bucket_of(label)
    return "test" if bucket == 0 else "validation" if bucket == 1 else "train"


def indices_of(labels: Iterable[str], split: Split) -> npt.NDArray[np.intp]:
    """Return the indices of the labels that belong to a split, in ascending order.

    The result is an array: for millions of labels it takes a fifth of the memory of a list.
    """
    return np.fromiter((i for i, label in enumerate(labels) if split_of(label) == split), np.intp)


def folder_split_of(name: str) -> Split | None:
    """Return the split that a folder of a path names: `data/train/0001.png`; None if none does."""
    matches = (_FOLDER.fullmatch(folder) for folder in PurePosixPath(name).parts[:-1])
    found = next((match for match in matches if match), None)
    return next((split for split in SPLITS if found and found[split]), None)


def indices_of_split(
    names: Sequence[str], labels: Iterable[str], split: Split, rule: SplitRule
) -> npt.NDArray[np.intp]:
    """Return the indices of the images that belong to a split, in ascending order.

    Where no folder is a validation split, the training images whose labels fall into its bucket
    are: a training cannot do without one.

    Args:
        names: the paths of the images, relative to their source.
        labels: their labels, in the same order.
        split: which images.
        rule: "hash" looks at the labels only, "folders" at the names.

    Raises:
        DataError: with "folders", an image is in no folder of a split.
    """
    if rule == "hash":
        return indices_of(labels, split)
    splits = [folder_split_of(name) for name in names]
    if None in splits:
        count, named = count_some(n for n, s in zip(names, splits, strict=True) if s is None)
        raise DataError(
            f"{count} images are in no folder train, validation or test: {named}.",
            code="SPLIT_FOLDER_MISSING",
        )
    if "validation" not in splits:
        in_bucket = (split_of(label) == "validation" for label in labels)
        splits = [
            "validation" if s == "train" and held_out else s
            for s, held_out in zip(splits, in_bucket, strict=True)
        ]
    return np.flatnonzero([s == split for s in splits])


def warn_of_unused_folders(names: Sequence[str]) -> None:
    """Warn if folders name the split of every image, though the split does not follow them.

    Args:
        names: the paths of all images, relative to their source.
    """
    # The first image in no such folder ends the search, so millions of names take no time.
    splits = set()
    for name in names:
        split = folder_split_of(name)
        if split is None:
            return
        splits.add(split)
    if len(splits) > 1:
        warnings.warn(
            f"The folders of the images name the splits {', '.join(sorted(splits))}, but images "
            "are split by their labels, across the folders. --splits folders keeps their splits.",
            DataWarning,
            stacklevel=2,
        )


def warn_of_trained_folders(names: Sequence[str]) -> None:
    """Warn if images in folders of held-out splits are trained on, as few images all are.

    Args:
        names: the paths of all images, relative to their source.
    """
    splits = [folder_split_of(name) for name in names]
    held_out = [split for split in splits if split in ("validation", "test")]
    if not held_out or len(set(splits)) < 2:
        return
    kept = (
        "keeps them out" if None not in splits else "and a folder train for the rest keep them out"
    )
    warnings.warn(
        f"So few images are all trained on, among them the {len(held_out)} in folders for "
        f"{' and '.join(sorted(set(held_out)))}. --splits folders {kept}.",
        DataWarning,
        stacklevel=2,
    )


def random_split(
    count: int, fraction: float, seed: int
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Split the indices 0 to count - 1 randomly; the same seed always gives the same split.

    Args:
        count: the number of images.
        fraction: the fraction for validation, greater than 0 and less than 1.
        seed: an integer >= 0.

    Returns:
        The training indices and the validation indices, both in ascending order. Neither is empty
        if `count` is at least 2.

    Raises:
        DataError: the fraction is out of range.
    """
    if not 0 < fraction < 1:
        raise DataError(
            f"The validation fraction must be between 0 and 1, both excluded. Received: {fraction}",
            code="FRACTION_INVALID",
        )
    size = min(max(1, round(count * fraction)), max(0, count - 1))
    order = np.random.default_rng(seed).permutation(count)
    return np.sort(order[size:]), np.sort(order[:size])
