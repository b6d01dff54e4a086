"""Which part of a data set an image belongs to: by the hash of its label.

Adding images never moves an old one to another part, and identical images under one label fall on
one side.
"""

import hashlib
from collections.abc import Iterable
from typing import Literal, get_args

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


def indices_of(labels: Iterable[str], part: Part) -> list[int]:
    """Return the places of the labels that belong to a part, in order."""
    return [i for i, label in enumerate(labels) if part_of(label) == part]
