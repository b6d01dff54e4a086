"""The slow and obvious reference for texts in any case: the sum over all texts and all paths."""

import itertools
from collections import defaultdict

import numpy as np

from captcha_model.decoding.best_path import Ids
from captcha_model.decoding.heads import OutputHead
from tests.decoding.every_path import path_probabilities, paths, runs_of, text_probabilities

# Of the vocabulary "aAbB2", with the ids in this order.
CHARACTERS = "aAb"
LETTERS = {1: (1, 2), 2: (1, 2)}


def lower(text: Ids) -> Ids:
    """A text of ids with every letter in its first case."""
    return tuple(LETTERS.get(i, (i,))[0] for i in text)


def any_case(image: np.ndarray, output: OutputHead) -> dict[Ids, float]:
    """The probability of every text in any case, by the ids of the lower case."""
    sums: dict[Ids, float] = defaultdict(float)
    for text, probability in text_probabilities(image, output).items():
        sums[lower(text)] += probability
    return sums


def one_in_case(image: np.ndarray, text: Ids, position: int, output: OutputHead) -> float:
    """The probability of a text of which one character is in its own case, and others in any."""
    return sum(
        probability
        for other, probability in text_probabilities(image, output).items()
        if lower(other) == lower(text) and other[position] == text[position]
    )


def mean_runs(image: np.ndarray, text: Ids, output: OutputHead) -> np.ndarray:
    """The mean first and last step of each character over all paths of a text in any case."""
    every, texts = paths(*image.shape, output)
    own = [n for n, spelled in enumerate(texts) if lower(spelled) == lower(text)]
    runs = [[run[1:] for run in runs_of(tuple(every[n].tolist()), output)] for n in own]
    weights = path_probabilities(image, output)[own]
    return np.average(np.reshape(runs, (len(own), len(text), 2)), axis=0, weights=weights)
