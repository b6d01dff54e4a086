"""How unlike the images that a model was trained on a new one is, judged by its appearance alone.

A network that has only seen captchas may be sure of what it reads in a photograph or on a ticket.
Here an image is a dozen figures (see `captcha_model.calibration.image_statistics`). Those of the training images have
a mean and a covariance, and the distance of a new image from them is that of Mahalanobis (1936).
"""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, TypeAlias

import numpy as np
import numpy.typing as npt

from captcha_model._utils.strict_json import Record
from captcha_model._utils.type_checks import Range
from captcha_model.calibration.image_statistics import COUNTS, TOLERANCES, measure

Floats = npt.NDArray[np.float64]

QUANTILE = 0.998
MAX_NUMBER = 1e9
Number: TypeAlias = Annotated[float, Range(-MAX_NUMBER, MAX_NUMBER)]
_DECIMALS = 6  # What a model's file has room for.


@dataclass(frozen=True)
class NoveltyDetector(Record, code="NOVELTY_INVALID"):
    """The training images as figures, and up to which distance an image is familiar.

    Attributes:
        count: how many rows of figures it was fitted on.
        centre: their mean; 12 figures for grey images, 13 for colour.
        whitening: a square matrix W, by rows; the distance of figures x is |(x - centre) W|.
        limit: the distance up to which an image is familiar.

    Raises:
        ConfigError: a value is of the wrong type or shape, or out of its bounds.
    """

    count: Annotated[int, Range(1, MAX_NUMBER)]
    centre: tuple[Number, ...]
    whitening: tuple[tuple[Number, ...], ...]
    limit: Annotated[float, Range(0, MAX_NUMBER, above=True)]

    def check_together(self) -> None:
        """Check the shapes."""
        size = len(self.centre)
        if size not in COUNTS.values():
            sizes = " or ".join(map(str, COUNTS.values()))
            raise self.invalid(f"centre must have {sizes} values. Received: {size}")
        if [len(row) for row in self.whitening] != [size] * size:
            raise self.invalid(f"whitening must have {size} rows of {size} values.")

    @classmethod
    def fit(cls, figures: Floats, quantile: float = QUANTILE) -> "NoveltyDetector":
        """Learn what is familiar.

        The covariance is that of the figures plus their tolerances. Its correlations are shrunk by
        the share that Ledoit and Wolf (2004) estimate, so that few images suffice.

        Args:
            figures: `measure` of training images and of damaged copies of them, which are to stay
                familiar too; shape (N, 12) for grey or (N, 13) for colour, N at least 2.
            quantile: the share of them that is familiar at least.

        Raises:
            ValueError: the shape does not fit, or the quantile is not within 0 and 1.
        """
        if figures.ndim != 2 or len(figures) < 2 or figures.shape[1] not in COUNTS.values():
            raise ValueError(f"Needs figures of two images or more. Received: {figures.shape}")
        tolerances = np.array(list(TOLERANCES.values()))[: figures.shape[1]]
        centre = figures.mean(axis=0)
        scale = np.sqrt(figures.var(axis=0) + tolerances**2)
        scaled = (figures - centre) / scale
        correlation = scaled.T @ scaled / len(scaled)
        share = _shrinkage(scaled, correlation)
        correlation = (1 - share) * correlation
        # On the diagonal are the variances' shares; with those of the tolerances they sum to 1.
        np.fill_diagonal(correlation, 1.0)
        whitening = np.linalg.cholesky(np.linalg.inv(correlation)) / scale[:, None]
        # Before the limit is found, so that a saved model has the very same one.
        centre, whitening = centre.round(_DECIMALS), whitening.round(_DECIMALS)
        distances = np.linalg.norm((figures - centre) @ whitening, axis=1)
        # Images that are all alike do not make everything else unfamiliar: what is off by its
        # tolerance in every figure is not.
        least = float(np.quantile(distances, quantile, method="higher"))
        limit = max(least, math.sqrt(len(centre)))
        rows = tuple(tuple(row) for row in whitening.tolist())
        return cls(len(figures), tuple(centre.tolist()), rows, limit)

    def distance(self, pixels: npt.NDArray[np.uint8]) -> Floats:
        """Return how far images are from what is familiar, in standard deviations.

        Args:
            pixels: `uint8` of shape (N, H, W, C), at the network's size as `fit` had them.

        Returns:
            Shape (N,), from 0 upwards; compare it with `limit`.

        Raises:
            ValueError: the number of channels is another one than that of the training images.
        """
        if pixels.ndim != 4 or pixels.shape[3] != self.channels:
            raise ValueError(f"Needs {self.channels} channels. Received: {pixels.shape}")
        centre, whitening = self._arrays
        away = (measure(pixels) - centre) @ whitening
        distances: Floats = np.sqrt((away * away).sum(axis=1))
        return distances

    @cached_property
    def channels(self) -> int:
        """How many channels the images have: 1 (grey) or 3 (colour)."""
        return next(c for c, figures in COUNTS.items() if figures == len(self.centre))

    @cached_property
    def _arrays(self) -> tuple[Floats, Floats]:
        return np.array(self.centre), np.array(self.whitening)


def _shrinkage(scaled: Floats, covariance: Floats) -> float:
    """Return how much the covariance of scaled rows (N, F) owes to chance, from 0 to 1.

    It is the variance of the covariance's entries over their squared distance from the diagonal
    matrix of equal variances (O. Ledoit and M. Wolf, "A well-conditioned estimator for
    large-dimensional covariance matrices", 2004).
    """
    count, figures = scaled.shape
    target = np.trace(covariance) / figures * np.eye(figures)
    away = float(((covariance - target) ** 2).sum())
    fourth = float(((scaled**2).sum(axis=1) ** 2).sum()) / count
    chance = (fourth - float((covariance**2).sum())) / count
    return min(1.0, max(0.0, chance / away)) if away > 0 else 1.0
