"""Reads with both networks of ddddocr, in every way of restricting it to some characters.

`set_ranges` does not restrict the search: the best path goes through all 8,210 classes, and then
characters out of the range are deleted. So a range of lower-case letters deletes every letter that
was read as a capital. With both cases in the range, and the text in lower case afterwards, these
letters stay. The probabilities of `classification(probability=True)` allow a restricted search.

A JSON list of paths on stdin gives a JSON object on stdout: `versions`, and `ways`, each with
`network`, `way` and `texts`.
"""

import importlib.metadata
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import ddddocr
import numpy as np
from read_ddddocr import CHARACTERS
from restricted_search import columns_of, restricted_search

NETWORKS = {"default": False, "beta": True}
PACKAGES = ("ddddocr", "onnxruntime", "numpy", "pillow")


def by_range(characters: str) -> Callable[[bytes, ddddocr.DdddOcr], str]:
    """Return a function that reads with `set_ranges` and folds the case."""

    def read(data: bytes, reader: ddddocr.DdddOcr) -> str:
        reader.set_ranges(characters)
        text: str = reader.classification(data)
        return text.lower()

    return read


def by_search(*, others_are_blank: bool) -> Callable[[bytes, ddddocr.DdddOcr], str]:
    """Return a function that reads with the restricted search over the probabilities."""

    def read(data: bytes, reader: ddddocr.DdddOcr) -> str:
        found = reader.classification(data, probability=True)
        probabilities, charset = np.asarray(found["probabilities"]), found["charset"]
        return restricted_search(
            probabilities.reshape(-1, len(charset)),
            columns_of(charset, CHARACTERS),
            CHARACTERS,
            others_are_blank=others_are_blank,
        )

    return read


WAYS = {
    "lower case": by_range(CHARACTERS),
    "both cases": by_range(CHARACTERS + CHARACTERS.upper()),
    "search": by_search(others_are_blank=False),
    "search, others as blank": by_search(others_are_blank=True),
}


def read_all(paths: Sequence[str]) -> dict[str, Any]:
    """Read the files in every way."""
    files = [Path(path).read_bytes() for path in paths]
    ways = []
    for network, is_beta in NETWORKS.items():
        for way, read in WAYS.items():
            reader = ddddocr.DdddOcr(beta=is_beta, show_ad=False)
            texts = [read(data, reader) for data in files]
            ways.append({"network": network, "way": way, "texts": texts})
    return {"versions": {name: importlib.metadata.version(name) for name in PACKAGES}, "ways": ways}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(read_all(json.load(sys.stdin))) + "\n")
