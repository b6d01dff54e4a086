"""The slow and obvious reference for texts in any case: the sum over all texts and all paths."""

from collections import defaultdict

import numpy as np
from hypothesis import strategies as st

from captcha_model.decoding.best_path import Ids
from captcha_model.decoding.heads import OutputHead
from tests.decoding.every_path import path_probabilities, paths, runs_of, text_probabilities

CHARACTERS = "aAb"  # With the ids 1, 2 and 3.


def lower(text: Ids) -> Ids:
    """A text with all its letters in lower case."""
    return tuple(1 if i == 2 else i for i in text)


def any_case(image: np.ndarray, output: OutputHead) -> dict[Ids, float]:
    """The probability of every text in any case, by its ids in lower case."""
    sums: dict[Ids, float] = defaultdict(float)
    for text, probability in text_probabilities(image, output).items():
        sums[lower(text)] += probability
    return sums


def with_class(image: np.ndarray, text: Ids, position: int, i: int, output: OutputHead) -> float:
    """The probability of a text with one class in a position, and all others in any case."""
    return sum(
        probability
        for other, probability in text_probabilities(image, output).items()
        if lower(other) == lower(text) and other[position] == i
    )


def mean_runs(image: np.ndarray, text: Ids, output: OutputHead) -> np.ndarray:
    """The mean first and last step of each character over all paths of a text in any case."""
    every, texts = paths(*image.shape, output)
    own = [n for n, spelled in enumerate(texts) if lower(spelled) == lower(text)]
    runs = [[run[1:] for run in runs_of(tuple(every[n].tolist()), output)] for n in own]
    weights = path_probabilities(image, output)[own]
    return np.average(np.reshape(runs, (len(own), len(text), 2)), axis=0, weights=weights)


def possible_texts(images: np.ndarray, output: OutputHead) -> st.SearchStrategy[list[Ids]]:
    """A text in lower case for each image that its steps can spell in some case."""
    one = st.sampled_from(sorted(any_case(images[0], output)))
    return st.lists(one, min_size=len(images), max_size=len(images))
