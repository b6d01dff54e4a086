"""The temperature by which logits are divided, so that confidences are probabilities.

A network may be too sure of itself or not sure enough. One number mends most of it: with the logits
z, softmax(z / T) ranks the classes of a step as before, but T > 1 flattens it and T < 1 sharpens
it. T is fitted by maximum likelihood to images that the network was not trained on (Guo et al.,
2017), here to the likelihood of whole texts, because their confidence is what must be right.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from captcha_model.decoding.best_path import Floats, log_softmax
from captcha_model.errors import DataError

LOWEST, HIGHEST = 0.25, 20.0
GRID = 12  # Steps between the bounds, of which the best is refined.
TOLERANCE = 1e-4  # Of the logarithm of the temperature.
BATCH = 256  # So many images are weighed at once, or memory would grow with the data.

LogProbability: TypeAlias = Callable[[Floats, Sequence[Sequence[int]]], Floats]
"""From log-probabilities of classes (N, T, C) and N texts of ids to those of the texts (N,)."""


@dataclass(frozen=True)
class TemperatureFit:
    """A temperature and what it is worth.

    Attributes:
        temperature: from `LOWEST` to `HIGHEST`. At a bound the images do not decide it: where
            every text is read right, nothing speaks against ever more certainty.
        before: the mean negative log-likelihood of a label at temperature 1, in nats.
        after: the same at the fitted temperature; never more than before.
        images: how many labels these are means of.
        impossible: how many were left out, because no path spells their text.
    """

    temperature: float
    before: float
    after: float
    images: int
    impossible: int


def fit_temperature(
    logits: npt.NDArray[np.floating],
    texts: Sequence[Sequence[int]],
    log_probability: LogProbability,
    noise: float = 0.0,
) -> TemperatureFit:
    """Fit the temperature under which the labels are likeliest.

    A wrong label costs as much as the network is sure, so where a network is nearly always right, a
    few wrong labels decide the temperature, unless `noise` says that there are some.

    Args:
        logits: shape (N, T, C), of images that the network was not trained on.
        texts: what they should read, as ids from 1.
        log_probability: of the network's kind of output, such as
            `captcha_model.decoding.lattices.ctc.log_probability`; -inf where no path spells a text.
        noise: how probably a label stands there whatever the image shows, from 0 to below 1: the
            share of wrong labels over the number of texts that each of them could be. The
            likelihood of a text with probability p is then (1 - noise) p + noise.

    Raises:
        DataError: there is no text that the network could read.
        ValueError: there are not as many texts as images, or the noise is out of its bounds.
    """
    if len(logits) != len(texts) or not 0 <= noise < 1:
        raise ValueError(
            "Needs a text an image, and noise from 0 to below 1. "
            f"Received: {len(logits)} images, {len(texts)} texts and noise {noise}"
        )
    possible = np.flatnonzero(negative_log_likelihoods(logits, texts, log_probability) < np.inf)
    if not len(possible):
        raise DataError("No label is a text that the network could read.", code="SPLIT_EMPTY")
    chosen, wanted = logits[possible], [texts[n] for n in possible.tolist()]

    def cost(temperature: float) -> float:
        losses = negative_log_likelihoods(chosen, wanted, log_probability, temperature)
        if noise:
            losses = -np.logaddexp(math.log1p(-noise) - losses, math.log(noise))
        return float(losses.mean())

    fitted = minimise(lambda x: cost(math.exp(x)), math.log(LOWEST), math.log(HIGHEST))
    before, after = cost(1.0), cost(math.exp(fitted))
    if before <= after:  # By less than the search tells apart, for 1 is within its bounds.
        fitted, after = 0.0, before
    impossible = len(texts) - len(possible)
    return TemperatureFit(math.exp(fitted), before, after, len(possible), impossible)


def negative_log_likelihoods(
    logits: npt.NDArray[np.floating],
    texts: Sequence[Sequence[int]],
    log_probability: LogProbability,
    temperature: float = 1.0,
) -> Floats:
    """Return minus the logarithm of every text's probability at a temperature.

    Args:
        logits: shape (N, T, C).
        texts: N texts as ids from 1.
        log_probability: see `fit_temperature`.
        temperature: above 0.

    Returns:
        Shape (N,), in nats; inf where no path spells a text.
    """
    found = [
        log_probability(
            log_softmax(np.asarray(logits[i : i + BATCH], np.float64) / temperature),
            texts[i : i + BATCH],
        )
        for i in range(0, len(texts), BATCH)
    ]
    return -np.concatenate([np.empty(0), *found])


def minimise(function: Callable[[float], float], low: float, high: float) -> float:
    """Find where a function is least between two bounds, which may be the place themselves.

    A grid finds the valley, because the likelihood of a sum over paths may have more than one, and
    golden sections (Kiefer, 1953) narrow it down to `TOLERANCE`.
    """
    grid = np.linspace(low, high, GRID + 1).tolist()
    costs = [function(x) for x in grid]
    best = costs.index(min(costs))
    left, right = grid[max(0, best - 1)], grid[min(GRID, best + 1)]
    ratio = (math.sqrt(5) - 1) / 2
    inner, outer = right - ratio * (right - left), left + ratio * (right - left)
    at_inner, at_outer = function(inner), function(outer)
    while right - left > TOLERANCE:
        if at_inner <= at_outer:
            right, outer, at_outer = outer, inner, at_inner
            inner = right - ratio * (right - left)
            at_inner = function(inner)
        else:
            left, inner, at_inner = inner, outer, at_outer
            outer = left + ratio * (right - left)
            at_outer = function(outer)
    candidates = {grid[best]: costs[best], (left + right) / 2: function((left + right) / 2)}
    return min(candidates, key=candidates.__getitem__)
