"""A slow reference for what a SavedModel says of the best path."""

import itertools
from typing import NamedTuple

import numpy as np

from captcha_model.decoding.heads import CTC, OutputHead


class Peaks(NamedTuple):
    """A text, the confidence of each of its characters, and that of the text."""

    text: str
    characters: list[float]
    confidence: float


def peaks(logits: np.ndarray, output: OutputHead, characters: str) -> Peaks:
    """Read one image, step by step: logits (T, C)."""
    exponentials = np.exp(logits - logits.max(axis=-1, keepdims=True), dtype=np.float64)
    probabilities = exponentials / exponentials.sum(axis=-1, keepdims=True)
    steps = [(int(row.argmax()), float(row.max())) for row in probabilities]
    runs = [[step] for step in steps]
    if output is CTC:
        runs = [list(group) for _, group in itertools.groupby(steps, lambda step: step[0])]
    spoken = [(run[0][0], max(chance for _, chance in run)) for run in runs if run[0][0] != 0]
    silent = [chance for i, chance in steps if i == 0]
    if output is CTC and spoken:
        silent = []
    return Peaks(
        "".join(characters[i - 1] for i, _ in spoken),
        [chance for _, chance in spoken],
        float(np.prod([chance for _, chance in spoken] + silent)),
    )
