"""Shared by the Python scripts of generators: texts, seeds and files.

A script runs in the environment of its generator and cannot import this checkout:

    python draw_NAME.py OUT COUNT SEED OPTIONS

draws COUNT images into the folder OUT with a `metadata.csv`; OPTIONS is the JSON of a setting.
"""

import csv
import json
import random
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

Options: TypeAlias = dict[str, Any]


class Drawn(NamedTuple):
    """The bytes of an image file and its text."""

    data: bytes
    text: str


Draw: TypeAlias = Callable[[random.Random], Drawn]


def text_of(chance: random.Random, characters: str, least: int, most: int | None = None) -> str:
    """Return a random text."""
    return "".join(chance.choice(characters) for _ in range(chance.randint(least, most or least)))


def main(prepare: Callable[[Options], Draw], suffix: str = "png") -> None:
    """Draw and write.

    Args:
        prepare: returns the function that draws one image, from the options of a setting.
        suffix: of the files.
    """
    out, count, seed, options = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]
    draw = prepare(json.loads(options))
    rows = []
    for number in range(count):
        name = f"{number:04}.{suffix}"
        random.seed(f"{seed} {number}")  # What the generator draws from.
        drawn = draw(random.Random(f"text {seed} {number}"))
        (out / name).write_bytes(drawn.data)
        rows.append((name, drawn.text))
    with (out / "metadata.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("file_name", "text"))
        writer.writerows(rows)
