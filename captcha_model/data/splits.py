"""Which part of a data set an image belongs to: by the hash of its label, or by chance.

By the hash, adding images never moves an old one to another part, and identical images under one
label fall on one side. By chance, one can choose how many images validate.
"""

import hashlib
from collections.abc import Iterable
from typing import Literal, TypeAlias, get_args

import numpy as np
import numpy.typing as npt

from captcha_model.errors import DataError

Places: TypeAlias = npt.NDArray[np.intp]
Part = Literal["train", "validation", "test"]
PARTS: tuple[Part, ...] = get_args(Part)
BUCKETS = 10


def bucket_of(label: str) -> int:
    """Return a label's bucket, 0 to 9: the first 8 bytes of its SHA-256, big-endian, modulo 10."""
    digest = hashlib.sha256(label.encode("utf-8")).digest()
    return int.from_bytes(digest[:8], "big") % BUCKETS


def part_of(label: str) -> Part:
    """Return a label's part: bucket 0 is the test part, 1 the validation part, the rest train."""
    bucket = bucket_of(label)
    return "test" if bucket == 0 else "validation" if bucket == 1 else "train"


def indices_of(labels: Iterable[str], part: Part) -> Places:
    """Return the places of the labels that belong to a part, in order.

    They are an array, which for millions of labels takes a fifth of the memory of a list.
    """
    return np.fromiter((i for i, label in enumerate(labels) if part_of(label) == part), np.intp)


def random_split(count: int, fraction: float, seed: int) -> tuple[Places, Places]:
    """Split places 0 to count - 1 at random, always in the same way for the same seed.

    Args:
        count: how many there are.
        fraction: the share for validation, above 0 and below 1.
        seed: a whole number from 0.

    Returns:
        The places for training and those for validation, each in order. Neither is empty if there
        are two places or more.

    Raises:
        DataError: the fraction is out of its bounds.
    """
    if not 0 < fraction < 1:
        raise DataError(
            f"The fraction for validation is above 0 and below 1. Received: {fraction}",
            code="FRACTION_INVALID",
        )
    size = min(max(1, round(count * fraction)), max(0, count - 1))
    order = np.random.default_rng(seed).permutation(count)
    return np.sort(order[size:]), np.sort(order[:size])
