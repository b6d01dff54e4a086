"""Splitting a data set into training, validation and test: by the hash of the label, or randomly.

A split by hash is stable: adding images never moves an old one to another split, and identical
images with the same label always fall into the same split. A random split lets the caller choose
the number of validation images.
"""

import hashlib
from collections.abc import Iterable
from typing import Literal, TypeAlias, get_args

import numpy as np
import numpy.typing as npt

from captcha_model.errors import DataError

Split: TypeAlias = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = get_args(Split)
BUCKETS = 10


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
