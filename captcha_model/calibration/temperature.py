"""Temperature scaling: dividing the logits by one number, so that confidences are probabilities.

A network may be overconfident or underconfident. With the logits z, softmax(z / T) ranks the
classes of a step as before, but T > 1 flattens the distribution and T < 1 sharpens it. T is fitted
by maximum likelihood to images that the network was not trained on (Guo et al., 2017). The
likelihood is that of whole texts, because the confidence of a text is what must be calibrated.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from captcha_model.calibration.minimum import minimise
from captcha_model.decoding.best_path import Floats, log_softmax
from captcha_model.errors import DataError

LOWEST, HIGHEST = 0.25, 20.0
BATCH = 256  # Images per batch, so that memory does not grow with the data.

LogProbability: TypeAlias = Callable[[Floats, Sequence[Sequence[int]]], Floats]
"""From log-probabilities of classes (N, T, C) and N texts of ids to those of the texts (N,)."""


@dataclass(frozen=True)
class TemperatureFit:
    """A fitted temperature and what it improves.

    Attributes:
        temperature: from `LOWEST` to `HIGHEST`. At a bound the images do not determine it: if
            every text is read right, a lower temperature is always more likely.
        before: the mean cost at temperature 1, in nats, such as the negative log-likelihood of a
            label.
        after: the same at the fitted temperature, at most `before`.
        images: the number of labels that these are means of.
        impossible: the number of labels left out because no path spells them.
    """

    temperature: float
    before: float
    after: float
    images: int
    impossible: int

    @classmethod
    def least(
        cls, cost: Callable[[float], float], images: int, impossible: int = 0
    ) -> "TemperatureFit":
        """Find the temperature with the least mean cost.

        Args:
            cost: the mean cost at a temperature, in nats.
            images: see the class.
            impossible: see the class.
        """
        bounds = math.log(LOWEST), math.log(HIGHEST)
        fitted, after = minimise(lambda x: cost(math.exp(x)), *bounds)
        before = cost(1.0)
        if before <= after:  # By less than the search's tolerance, because 1 is within its bounds.
            fitted, after = 0.0, before
        return cls(math.exp(fitted), before, after, images, impossible)


def fit_temperature(
    logits: npt.NDArray[np.floating],
    texts: Sequence[Sequence[int]],
    log_probability: LogProbability,
    noise: float = 0.0,
) -> TemperatureFit:
    """Fit the temperature that maximises the likelihood of the labels.

    A wrong label costs the more, the more confident the network is. Where it is nearly always
    right, a few wrong labels would determine the temperature, unless `noise` allows for them.

    Args:
        logits: shape (N, T, C), of images that the network was not trained on.
        texts: their labels, as ids from 1.
        log_probability: that of the network's output head, such as
            `captcha_model.decoding.lattices.ctc.log_probability`; -inf where no path spells a text.
        noise: the probability that an image has this label whatever it shows, in [0, 1): the
            share of wrong labels divided by the number of texts that each could be. The
            likelihood of a text with probability p is then (1 - noise) p + noise.

    Raises:
        DataError: no path of the network spells any of the labels.
        ValueError: the numbers of texts and images differ, or `noise` is out of its bounds.
    """
    if len(logits) != len(texts) or not 0 <= noise < 1:
        raise ValueError(
            "Needs one text for each image, and noise in [0, 1). "
            f"Received: {len(logits)} images, {len(texts)} texts and noise {noise}"
        )
    possible = np.flatnonzero(negative_log_likelihoods(logits, texts, log_probability) < np.inf)
    if not len(possible):
        raise DataError("No label is a text that the network could read.", code="SPLIT_EMPTY")
    chosen, targets = logits[possible], [texts[n] for n in possible.tolist()]

    def cost(temperature: float) -> float:
        losses = negative_log_likelihoods(chosen, targets, log_probability, temperature)
        if noise:
            losses = -np.logaddexp(math.log1p(-noise) - losses, math.log(noise))
        return float(losses.mean())

    impossible = len(texts) - len(possible)
    return TemperatureFit.least(cost, len(possible), impossible)


def negative_log_likelihoods(
    logits: npt.NDArray[np.floating],
    texts: Sequence[Sequence[int]],
    log_probability: LogProbability,
    temperature: float = 1.0,
) -> Floats:
    """Return the negative log-likelihood of every text at a temperature.

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
            log_softmax(logits[i : i + BATCH], None, temperature),
            texts[i : i + BATCH],
        )
        for i in range(0, len(texts), BATCH)
    ]
    return -np.concatenate([np.empty(0), *found])
