"""The slow and obvious reference: every path through a tiny lattice."""

import functools
import itertools
from collections import defaultdict

import numpy as np
import pytest
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from captcha_model.decoding.best_path import Ids, log_softmax
from captcha_model.decoding.heads import CTC, FIXED, OutputHead
from captcha_model.decoding.lattices import Neighbours

BOTH = pytest.mark.parametrize("output", [CTC, FIXED], ids=lambda output: output.name)


def runs_of(path: tuple[int, ...], output: OutputHead) -> list[tuple[int, int, int]]:
    """A path's characters, each with its first step and the one after its last.

    The definition: CTC takes equal classes side by side for one; class 0 is no character.
    """
    steps = [(k, t, t + 1) for t, k in enumerate(path)]
    if output is CTC:
        groups = (list(group) for _, group in itertools.groupby(steps, lambda step: step[0]))
        steps = [(group[0][0], group[0][1], group[-1][2]) for group in groups]
    return [step for step in steps if step[0] != 0]


def spelled_by(path: tuple[int, ...], output: OutputHead) -> Ids:
    """The text of a path."""
    return tuple(run[0] for run in runs_of(path, output))


@functools.cache
def paths(steps: int, classes: int, output: OutputHead) -> tuple[np.ndarray, list[Ids]]:
    """Every path, shape (K, T), and the K texts that they spell."""
    every = list(itertools.product(range(classes), repeat=steps))
    return np.array(every), [spelled_by(path, output) for path in every]


def path_probabilities(log_probabilities: np.ndarray, output: OutputHead) -> np.ndarray:
    """The probabilities of all `paths`, shape (K,)."""
    every, _ = paths(*log_probabilities.shape, output)
    return np.exp(log_probabilities[np.arange(every.shape[1]), every].sum(axis=1))


def text_probabilities(log_probabilities: np.ndarray, output: OutputHead = CTC) -> dict[Ids, float]:
    """The probability of every text that some path of one image spells, and 0 for all others."""
    sums: dict[Ids, float] = defaultdict(float)
    _, texts = paths(*log_probabilities.shape, output)
    for text, probability in zip(texts, path_probabilities(log_probabilities, output), strict=True):
        sums[text] += float(probability)
    return sums


def mean_runs(log_probabilities: np.ndarray, text: Ids, output: OutputHead) -> np.ndarray:
    """The mean first and last step of each character over all paths of its text: (L, 2)."""
    every, texts = paths(*log_probabilities.shape, output)
    own = [n for n, spelled in enumerate(texts) if spelled == text]
    runs = [[run[1:] for run in runs_of(tuple(every[n].tolist()), output)] for n in own]
    weights = path_probabilities(log_probabilities, output)[own]
    return np.average(np.reshape(runs, (len(own), len(text), 2)), axis=0, weights=weights)


def check_neighbours(
    found: Neighbours, log_probabilities: np.ndarray, texts: list[Ids], output: OutputHead
) -> None:
    """Compare everything in a record with the reference, for each of its texts."""
    for n, (image, text) in enumerate(zip(log_probabilities, texts, strict=True)):
        probabilities = text_probabilities(image, output)
        classes, longest = image.shape[1], found.deletions.shape[1]

        def same(
            logarithm: float, other: Ids, probabilities: dict[Ids, float] = probabilities
        ) -> None:
            assert np.exp(logarithm) == pytest.approx(probabilities[other], rel=1e-9, abs=0)

        assert found.lengths[n] == len(text)
        same(found.text[n], text)
        for place in range(longest):
            there = place < len(text)
            before, after = text[:place], text[place + 1 :]
            for i in range(1, classes):
                other = (*before, i, *after) if there else (-1,)
                same(found.substitutions[n, place, i], other)
            same(found.deletions[n, place], (*before, *after) if there else (-1,))
        for gap in range(longest + 1):
            for i in range(1, classes):
                longer = (*text[:gap], i, *text[gap:]) if gap <= len(text) else (-1,)
                same(found.insertions[n, gap, i], longer)
        assert np.isneginf(found.substitutions[n, :, 0]).all()
        assert np.isneginf(found.insertions[n, :, 0]).all()
        runs = np.stack([found.begins[n], found.ends[n]], axis=1)[: len(text)]
        assert runs == pytest.approx(mean_runs(image, text, output), rel=1e-9, abs=1e-9)


def tiny(
    count: int = 3, steps: int = 6, classes: int = 4, bound: float = 8.0
) -> st.SearchStrategy[np.ndarray]:
    """Log-probabilities (N, T, C) of a few images, with few enough paths to try each."""
    shapes = st.tuples(st.integers(1, count), st.integers(1, steps), st.integers(2, classes))
    numbers = st.floats(-bound, bound, width=16)
    return shapes.flatmap(lambda shape: arrays(np.float64, shape, elements=numbers)).map(
        log_softmax
    )


def possible_texts(
    log_probabilities: np.ndarray, output: OutputHead
) -> st.SearchStrategy[list[Ids]]:
    """A text for each image that its steps can spell."""
    _, texts = paths(*log_probabilities.shape[1:], output)
    one = st.sampled_from(sorted(set(texts)))
    return st.lists(one, min_size=len(log_probabilities), max_size=len(log_probabilities))


def one_hot(*rows: str, characters: str = "abc", sharpness: float = 9.0) -> np.ndarray:
    """Logits (N, T, C) in which each row's letters are the likely classes; "_" is class 0."""
    ids = [[("_" + characters).index(c) for c in row] for row in rows]
    return np.eye(len(characters) + 1)[ids] * sharpness
